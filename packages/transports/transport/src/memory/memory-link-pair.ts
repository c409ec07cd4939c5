import { MemoryLink } from "./memory-link.ts";

export interface MemoryLinkPairOptions {
  /** How many bytes may be under way in one direction before the writing end is not writable. */
  readonly capacity?: number;
  /** Whom the near end sees: where the far one comes from. */
  readonly remoteAddress?: string;
  readonly remotePort?: number;
}

export interface MemoryLinkPair {
  readonly near: MemoryLink;
  readonly far: MemoryLink;
  /** Hands over all that is under way, and what the handlers write meanwhile. Returns whether there was anything. */
  deliver(): boolean;
}

/** About what a socket takes before it asks its writer to wait. */
const DEFAULT_CAPACITY: number = 64 * 1024;

/**
 * A connection without a network: two Links, each the other's peer. Nothing happens by itself; every call to a handler is
 * made by `deliver`, so whoever drives it decides on the order of events.
 */
export function memoryLinkPair(options: MemoryLinkPairOptions = {}): MemoryLinkPair {
  const { capacity = DEFAULT_CAPACITY, remoteAddress = "192.0.2.1", remotePort = 50_000 } = options;
  const near = new MemoryLink({ capacity, remoteAddress, remotePort });
  const far = new MemoryLink({ capacity, remoteAddress: "192.0.2.254", remotePort: 1935 });
  MemoryLink.join(near, far);
  return { near, far, deliver: () => deliver(near, far) };
}

function deliver(near: MemoryLink, far: MemoryLink): boolean {
  let any = false;
  for (let moved = true; moved; any ||= moved) {
    // Both get their turn: neither end starves behind one that answers everything.
    const nearMoved = near.step();
    moved = far.step() || nearMoved;
  }
  return any;
}
