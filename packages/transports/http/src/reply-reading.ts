import type { Arrivals, Faults } from "@headgate/transport";
import { HttpBodies } from "./http-bodies.ts";
import { MAX_REPLY_BODY_BYTES } from "./limits.ts";
import { ReplyTurns } from "./reply-turns.ts";
import type { SharedMemory } from "./shared-memory.ts";

/** How all replies of other servers are read: their turns, and the memory for those that are unfinished. */
export class ReplyReading {
  readonly faults: Faults;
  readonly turns: ReplyTurns;
  readonly bodies: HttpBodies;

  constructor(faults: Faults, memory: SharedMemory, arrivals?: Arrivals) {
    this.faults = faults;
    this.turns = new ReplyTurns(faults, arrivals);
    this.bodies = new HttpBodies(memory, MAX_REPLY_BODY_BYTES);
  }
}
