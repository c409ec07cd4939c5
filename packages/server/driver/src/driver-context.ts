import type { MemoryPressure } from "@headgate/bus";
import type { DriverLimits, DriverTimeouts } from "./config.ts";
import type { SessionFaults } from "./fault-log.ts";
import type { InputMemory } from "./input-memory.ts";
import type { ReadRounds } from "./read-rounds.ts";
import type { Sweep } from "./sweep.ts";
import type { Turns } from "./turns.ts";

/** What all drivers of a process share. */
export interface DriverContext {
  readonly options: { readonly limits: DriverLimits; readonly timeouts: DriverTimeouts };
  readonly inputMemory: InputMemory;
  readonly faults: SessionFaults;
  readonly turns: Turns;
  readonly readRounds: ReadRounds;
  readonly sweep: Sweep;
  /** Whether what is on its way to peers takes more memory than it may. */
  readonly memoryPressure: () => MemoryPressure;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
}
