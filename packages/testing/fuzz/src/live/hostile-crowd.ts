import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { FromHostile, ToHostile } from "./hostile-messages.ts";

/** Hostile clients of every kind, that come again and again. */
export class HostileCrowd {
  readonly #child: ChildProcess;
  #visits: FromHostile = {};

  constructor(crowd: ToHostile) {
    this.#child = fork(new URL("hostile-process.js", import.meta.url));
    this.#child.on("message", (visits: FromHostile) => {
      this.#visits = visits;
    });
    this.#child.send(crowd);
  }

  /** How many visits there have been, by kind. */
  get visits(): FromHostile {
    return this.#visits;
  }

  /** Whether it still runs: a failed one attacks nothing. */
  get isThere(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All of them leave at once. */
  async end(): Promise<void> {
    if (!this.isThere) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
