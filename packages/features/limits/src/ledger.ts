/** Something that is counted against a limit. */
export interface Group {
  /** The same for all that are counted together. */
  readonly key: string;
  /** What is counted: the same member counts once, however many slots it has. */
  readonly member: string;
  /** How many there may be; undefined: any number. */
  readonly most?: number | undefined;
  /** Bits a second that all of them together may have; undefined: any. */
  readonly mostBitrate?: number | undefined;
}

/** A limit that somebody who has a slot sets for others, such as a publisher for its viewers. */
export interface Cap {
  readonly key: string;
  readonly most: number;
}

/** What a request wants to be counted in. */
export interface Claim {
  /** Unlike for unlike claims of a server. */
  readonly id: string;
  readonly groups: readonly Group[];
  readonly caps: readonly Cap[];
}

/** The place in `groups` of the first that is full, and what it is full of; undefined: there is room. */
export type Full = { readonly at: number; readonly of: "members" | "bitrate" } | undefined;

/** The bitrate of what has a slot, in bits a second. */
export type ReportedBitrate = readonly [id: string, bitrate: number];

interface Counted {
  /** How many slots each member has. */
  readonly members: Map<string, number>;
  readonly caps: Map<string, number>;
  /** Of each slot whose group has a limit of bitrate, in the order in which they were taken. */
  readonly bitrates: Map<string, number>;
}

/**
 * What is counted against limits in a server as a whole. It knows no configuration and nothing of streams: a claim says how many
 * there may be, and is either taken in all of its groups or in none.
 */
export class Ledger {
  readonly #groups = new Map<string, Counted>();
  readonly #slots = new Map<string, Claim>();

  /** Slots that are taken. */
  get size(): number {
    return this.#slots.size;
  }

  /** Whether a claim could be taken now. */
  full({ groups }: Pick<Claim, "groups">): Full {
    for (const [at, { key, member, most, mostBitrate }] of groups.entries()) {
      const counted = this.#groups.get(key);
      if (mostBitrate !== undefined && this.#bitrateOf(key) >= mostBitrate) return { at, of: "bitrate" };
      if (counted?.members.has(member)) continue;
      const least = Math.min(most ?? Number.POSITIVE_INFINITY, ...(counted?.caps.values() ?? []));
      if ((counted?.members.size ?? 0) >= least) return { at, of: "members" };
    }
    return undefined;
  }

  take(claim: Claim): Full {
    const full = this.full(claim);
    if (full || this.#slots.has(claim.id)) return full;
    this.#slots.set(claim.id, claim);
    for (const { key, member, mostBitrate } of claim.groups) {
      const { members, bitrates } = this.#countedAs(key);
      members.set(member, (members.get(member) ?? 0) + 1);
      if (mostBitrate !== undefined) bitrates.set(claim.id, 0);
    }
    for (const { key, most } of claim.caps) this.#countedAs(key).caps.set(claim.id, most);
    return undefined;
  }

  /** Does nothing for a claim that was not taken. */
  giveBack(id: string): void {
    const slot = this.#slots.get(id);
    if (!slot) return;
    this.#slots.delete(id);
    for (const { key, member } of slot.groups) {
      const counted = this.#groups.get(key)!;
      const left = (counted.members.get(member) ?? 0) - 1;
      if (left > 0) counted.members.set(member, left);
      else counted.members.delete(member);
      counted.bitrates.delete(id);
      this.#forgetIfEmpty(key, counted);
    }
    for (const { key } of slot.caps) {
      const counted = this.#groups.get(key);
      counted?.caps.delete(id);
      if (counted) this.#forgetIfEmpty(key, counted);
    }
  }

  /** Returns which slots are to be ended: of each group that has too much bitrate, the one that was taken last. */
  report(reported: readonly ReportedBitrate[]): readonly string[] {
    const limits = new Map<string, number>();
    for (const [id, bitrate] of reported) {
      for (const { key, mostBitrate } of this.#slots.get(id)?.groups ?? []) {
        if (mostBitrate === undefined) continue;
        this.#groups.get(key)!.bitrates.set(id, bitrate);
        limits.set(key, mostBitrate);
      }
    }
    const over = [...limits].filter(([key, most]) => this.#bitrateOf(key) > most);
    return over.map(([key]) => [...this.#groups.get(key)!.bitrates.keys()].at(-1)!);
  }

  #bitrateOf(key: string): number {
    let sum = 0;
    for (const bitrate of this.#groups.get(key)?.bitrates.values() ?? []) sum += bitrate;
    return sum;
  }

  #countedAs(key: string): Counted {
    let counted = this.#groups.get(key);
    if (!counted) {
      counted = { members: new Map(), caps: new Map(), bitrates: new Map() };
      this.#groups.set(key, counted);
    }
    return counted;
  }

  #forgetIfEmpty(key: string, { members, caps }: Counted): void {
    if (members.size === 0 && caps.size === 0) this.#groups.delete(key);
  }
}
