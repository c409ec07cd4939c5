import { randomBytes } from "node:crypto";
import type { BlockList } from "node:net";
import { matchesPattern } from "@headgate/bus";
import { includes, isNetwork, networkList } from "@headgate/listener";

/** Those about no address are compared with every request. */
export const MAX_BANS = 1_000;

/** Addresses that bans are about and that came of late: to find out which bans these are takes up to a millisecond. */
const MAX_KNOWN_ADDRESSES = 1_000;

/** Who is banned: what matches everything that is said here. */
export interface Banned {
  /** An address or a network, as 203.0.113.0/24. */
  readonly address?: string | undefined;
  /** A pattern of identities. */
  readonly identity?: string | undefined;
  /** A pattern of the paths of streams, which nobody may publish or play then. */
  readonly stream?: string | undefined;
}

export interface Ban extends Banned {
  readonly id: string;
  /** For operators. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** Undefined: for ever. */
  readonly untilMs: number | undefined;
}

/** A request, or a session and what it does. */
export interface BanSubject {
  readonly remoteAddress: string;
  readonly identity: string | undefined;
  /** Undefined for `connect`. */
  readonly path: string | undefined;
}

interface Entry {
  readonly ban: Ban;
  readonly networks: BlockList | undefined;
}

/** Who is banned. One process of a server has the table, and the others have copies of it. */
export class Bans {
  /** Called after bans have been added or removed, with those that are new. */
  onChange: (added: readonly Ban[]) => void = () => {};
  readonly #entries = new Map<string, Entry>();
  /** Made of the entries when it is needed: the networks of all of them together, and those that have none. */
  #index: { readonly networks: BlockList; readonly ofAll: readonly Entry[] } | undefined;
  /** What is about an address, besides those about all addresses. */
  readonly #known = new Map<string, readonly Entry[]>();
  readonly #now: () => number;

  /** `now` tells milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Those in force, in the order in which they were made. */
  get all(): readonly Ban[] {
    this.#forgetExpired();
    return [...this.#entries.values()].map(({ ban }) => ban);
  }

  /** `full`: there are too many already. `address`: it is none. */
  add(
    banned: Banned,
    about: { readonly reason: string; readonly forMs: number | undefined },
  ): Ban | "full" | "address" {
    if (banned.address !== undefined && !isNetwork(banned.address)) return "address";
    this.#forgetExpired();
    if (this.#entries.size >= MAX_BANS) return "full";
    const createdMs = this.#now();
    const untilMs = about.forMs === undefined ? undefined : createdMs + about.forMs;
    const ban = { ...banned, id: randomBytes(6).toString("hex"), reason: about.reason, createdMs, untilMs };
    this.#put(ban);
    this.onChange([ban]);
    return ban;
  }

  /** False if there is none of this id. */
  remove(id: string): boolean {
    this.#forgetExpired();
    const isThere = this.#entries.delete(id);
    this.#forgetIndex();
    if (isThere) this.onChange([]);
    return isThere;
  }

  /** Takes over the whole table of another process. */
  replace(all: readonly Ban[]): void {
    const before = new Set(this.#entries.keys());
    this.#entries.clear();
    for (const ban of all) this.#put(ban);
    this.onChange(all.filter(({ id }) => !before.has(id)));
  }

  find(subject: BanSubject): Ban | undefined {
    if (this.#entries.size === 0) return undefined;
    const isMeant = ({ ban }: Entry): boolean => matches(ban, subject) && !this.#isOver(ban);
    this.#index ??= indexOf([...this.#entries.values()]);
    return (this.#ofAddress(subject.remoteAddress).find(isMeant) ?? this.#index.ofAll.find(isMeant))?.ban;
  }

  #ofAddress(remoteAddress: string): readonly Entry[] {
    if (!this.#index || !includes(this.#index.networks, remoteAddress)) return NONE;
    const known = this.#known.get(remoteAddress);
    if (known) return known;
    const found = [...this.#entries.values()].filter(
      ({ networks }) => networks && includes(networks, remoteAddress),
    );
    if (this.#known.size >= MAX_KNOWN_ADDRESSES) this.#known.clear();
    this.#known.set(remoteAddress, found);
    return found;
  }

  #put(ban: Ban): void {
    const networks = ban.address === undefined ? undefined : networkList([ban.address]);
    this.#entries.set(ban.id, { ban, networks });
    this.#forgetIndex();
  }

  #forgetIndex(): void {
    this.#index = undefined;
    this.#known.clear();
  }

  #forgetExpired(): void {
    for (const [id, { ban }] of this.#entries) if (this.#isOver(ban)) this.#entries.delete(id);
    this.#forgetIndex();
  }

  #isOver({ untilMs }: Ban): boolean {
    return untilMs !== undefined && this.#now() >= untilMs;
  }
}

const NONE: readonly Entry[] = [];

function indexOf(entries: readonly Entry[]): { networks: BlockList; ofAll: readonly Entry[] } {
  const addresses = entries.flatMap(({ ban: { address } }) => (address === undefined ? [] : [address]));
  return { networks: networkList(addresses), ofAll: entries.filter(({ networks }) => !networks) };
}

/** Whether the ban is about this identity and this path; that it is about this address is known. */
function matches(ban: Ban, { identity, path }: Omit<BanSubject, "remoteAddress">): boolean {
  if (ban.identity !== undefined && (identity === undefined || !matchesPattern(ban.identity, identity)))
    return false;
  return ban.stream === undefined || (path !== undefined && matchesPattern(ban.stream, path));
}
