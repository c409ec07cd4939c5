import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { FromHostile, ToHostile } from "./hostile-messages.ts";

/** Hostile clients of every kind, which connect again and again. */
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

  /** The number of visits, by kind. */
  get visits(): FromHostile {
    return this.#visits;
  }

  /** Whether the process still runs: one that has failed attacks nothing. */
  get isThere(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Disconnects all clients at once. */
  async end(): Promise<void> {
    if (!this.isThere) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
