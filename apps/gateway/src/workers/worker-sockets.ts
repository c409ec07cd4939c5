import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the workers of one server listen for each other: a folder of its own that nobody else can enter. */
export class WorkerSockets {
  readonly #folder: string;

  /** `primaryPid` tells one server from the others of a machine. */
  constructor(primaryPid: number) {
    this.#folder = join(tmpdir(), `headgate-${primaryPid}`);
  }

  create(): void {
    this.remove();
    mkdirSync(this.#folder, { mode: 0o700 });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  pathOf(slot: number): string {
    return join(this.#folder, `worker-${slot}.sock`);
  }

  /** Removes what a worker has left that was killed. */
  removeStale(slot: number): void {
    rmSync(this.pathOf(slot), { force: true });
  }
}
