import type { Owner } from "./messages.ts";

/** Which worker owns a stream after a worker has announced it, and which must give it up. */
export interface Decision {
  readonly owner: Owner;
  readonly givesUp: number | undefined;
}

/** The primary's record of which worker publishes which stream, by `application/name`. */
export class Directory {
  readonly #owners = new Map<string, Owner>();

  get streams(): ReadonlyMap<string, Owner> {
    return this.#owners;
  }

  /**
   * Workers publish first and announce afterwards, so two may have the same stream for a moment. Between two publishers the
   * policy decides, as within one process; a pulled stream gives way to a publisher.
   */
  published(stream: string, claimant: Owner, policy: "reject" | "takeover"): Decision {
    const owner = this.#owners.get(stream);
    if (!owner || owner.slot === claimant.slot) return this.#settle(stream, claimant, undefined);
    if (claimant.isPulled) return this.#settle(stream, owner, undefined);
    if (owner.isPulled || policy === "takeover") return this.#settle(stream, claimant, owner.slot);
    return this.#settle(stream, owner, claimant.slot);
  }

  /** Returns whether the stream belonged to this worker. */
  unpublished(stream: string, slot: number): boolean {
    return this.#owners.get(stream)?.slot === slot && this.#owners.delete(stream);
  }

  /** Forgets a worker; returns the streams that it had. */
  removeWorker(slot: number): readonly string[] {
    const streams = [...this.#owners].filter(([, owner]) => owner.slot === slot).map(([stream]) => stream);
    for (const stream of streams) this.#owners.delete(stream);
    return streams;
  }

  #settle(stream: string, owner: Owner, givesUp: number | undefined): Decision {
    this.#owners.set(stream, owner);
    return { owner, givesUp };
  }
}
