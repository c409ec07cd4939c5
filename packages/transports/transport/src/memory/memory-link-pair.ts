import type { TransportName } from "../link.ts";
import { MemoryLink } from "./memory-link.ts";

export interface MemoryLinkPairOptions {
  /** How many bytes may be under way in one direction before the writing end is not writable. */
  readonly capacity?: number;
  /** The far end's address, as the near end sees it. */
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  /** What the near end says that it is. */
  readonly transport?: TransportName;
}

export interface MemoryLinkPair {
  readonly near: MemoryLink;
  readonly far: MemoryLink;
  /** Delivers everything under way, and what the handlers write meanwhile. Returns whether there was anything. */
  deliver(): boolean;
}

/** About as much as a socket takes before it is not writable. */
const DEFAULT_CAPACITY: number = 64 * 1024;

/**
 * A connection without a network: two Links, each the other's peer. Nothing happens by itself: `deliver` makes every call to a
 * handler, so the caller decides the order of events.
 */
export function memoryLinkPair(options: MemoryLinkPairOptions = {}): MemoryLinkPair {
  const { remoteAddress = "192.0.2.1", remotePort = 50_000 } = options;
  const { capacity = DEFAULT_CAPACITY, transport = "memory" } = options;
  const near = new MemoryLink({ transport, capacity, remoteAddress, remotePort });
  const far = new MemoryLink({ transport, capacity, remoteAddress: "192.0.2.254", remotePort: 1935 });
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
