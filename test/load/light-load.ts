import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "../support/child-processes.ts";
import type { HeadgateServer } from "../support/headgate-server.ts";

const SCRIPT = fileURLToPath(new URL("load.mjs", import.meta.url));

/** See the beginning of load.mjs. */
export interface LoadJob {
  readonly publish?: readonly { readonly url: string; readonly file: string }[];
  readonly play?: readonly { readonly url: string; readonly file?: string }[];
}

export interface LoadReport {
  readonly publishers: number;
  readonly viewers: number;
  readonly messages: number;
  readonly bytes: number;
  /** How many sessions ended for which reason. */
  readonly ends: Readonly<Record<string, number>>;
}

/** Many light publishers and viewers in a process of their own. */
export class LightLoad {
  readonly child: Child;

  constructor(job: LoadJob, jobFile: string) {
    writeFileSync(jobFile, JSON.stringify(job));
    this.child = new Child(process.execPath, [SCRIPT, jobFile]);
  }

  /** Until the server has accepted all of it. */
  async ready(withinMs: number): Promise<void> {
    for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 50) {
      if (this.child.output.startsWith("ready\n")) return;
      if (this.child.hasExited) break;
      await sleep(50);
    }
    throw new Error(`the load is not accepted: ${this.child.output}\n${this.child.errors}`);
  }

  async report(withinMs: number): Promise<LoadReport> {
    await this.child.end(withinMs);
    const line = this.child.output.trim().split("\n").at(-1) ?? "";
    if (!line.startsWith("{")) throw new Error(`the load ended early: ${this.child.errors}`);
    return JSON.parse(line) as LoadReport;
  }
}

/** The memory and processor time of a server, as one line. */
export function costOf(server: HeadgateServer): string {
  const mebibytes = Math.round(server.residentBytes() / 2 ** 20);
  return `${mebibytes} MiB resident, ${server.cpuSeconds().toFixed(1)} s of processor time`;
}
