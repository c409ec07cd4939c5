import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { LoadError } from "./load-error.ts";
import type { FromViewers, ToViewers } from "./viewers-messages.ts";

type Report = Extract<FromViewers, { kind: "report" }>;

/** The process of the viewers. What keeps it from reporting interrupts the run. */
export class Viewers {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;

  constructor(opening: ToViewers, interruption: AbortController) {
    this.#signal = interruption.signal;
    this.#child = fork(fileURLToPath(new URL("viewers-process.js", import.meta.url)), {
      // JSON has no NaN, which stands for a latency that was not measured.
      serialization: "advanced",
    });
    this.#child.once("exit", (code, signal) => {
      const message = `the process of the viewers has ended (${signal ?? `exit code ${code}`})`;
      interruption.abort(new LoadError("interrupted", message));
    });
    this.#child.on("message", (message: FromViewers) => {
      if (message.kind !== "failed") return;
      interruption.abort(new LoadError(message.failure, message.message));
    });
    this.#tell(opening);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when all of them play. */
  async opened(): Promise<void> {
    await this.#next();
  }

  /** From now on it counts. */
  begin(): void {
    this.#tell({ kind: "begin" });
  }

  async report(): Promise<Report> {
    const report = this.#next();
    this.#tell({ kind: "end" });
    return (await report) as Report;
  }

  kill(): void {
    this.#child.kill();
  }

  async #next(): Promise<FromViewers> {
    return (await once(this.#child, "message", { signal: this.#signal }))[0];
  }

  #tell(message: ToViewers): void {
    this.#child.send(message);
  }
}
