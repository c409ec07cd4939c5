import type { GatewayProcess } from "./gateway-process.ts";

/** The longest that a gateway did nothing else, of what its metrics tell. Milliseconds. */
export interface LoopHolds {
  /** Between two turns of the event loop. */
  readonly loopMs: number;
  /** Of that, writing to viewers in one go. */
  readonly flushMs: number;
  /** How long it has gathered messages. */
  readonly windowMs: number;
}

const LOOK_EVERY_MS = 1_000;

/** Asks a gateway once a second, because its metrics are of the time since they were read last. */
export class LoopWatch {
  readonly #gateway: GatewayProcess;
  readonly #timer: NodeJS.Timeout;
  #holds: LoopHolds = { loopMs: 0, flushMs: 0, windowMs: 0 };

  constructor(gateway: GatewayProcess) {
    this.#gateway = gateway;
    this.#timer = setInterval(() => this.#look().catch(() => {}), LOOK_EVERY_MS);
  }

  stop(): LoopHolds {
    clearInterval(this.#timer);
    return this.#holds;
  }

  async #look(): Promise<void> {
    const most = async (before: number, name: string): Promise<number> =>
      Math.max(before, 1_000 * (await this.#gateway.metric(name)) || 0);
    const { loopMs, flushMs, windowMs } = this.#holds;
    this.#holds = {
      loopMs: await most(loopMs, "headgate_event_loop_delay_max_seconds"),
      flushMs: await most(flushMs, "headgate_flush_hold_max_seconds"),
      windowMs: await most(windowMs, "headgate_merge_window_seconds"),
    };
  }
}
