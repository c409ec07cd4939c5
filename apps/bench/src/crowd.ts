import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesPerSecond, LoadError, type MediaOptions, type RunReport } from "@headgate/load";
import { CProgram } from "./c-program.ts";

const PROGRAM = new CProgram("crowd.c");

interface CrowdReport {
  readonly bytes: number;
  readonly whole: number;
  readonly elapsedSeconds: number;
  readonly cpuSeconds: number;
}

/** How many viewers look at what they get, in JavaScript; those beyond are a crowd that only counts bytes. */
const CHECKING_VIEWERS = 1_000;

/** Of one processor, beyond which the crowd has no time left. */
const BUSY_PERCENT = 90;

/** What a run is told of its own viewers when others are beside them. */
export interface SomeViewers {
  readonly viewers: number;
  readonly onBegin?: () => void;
}

/** Measures with as many viewers as a run can have that looks at what they get, and with a crowd of all others beside them. */
export async function besideCrowd(
  port: number,
  { viewers, media }: { readonly viewers: number; readonly media: MediaOptions },
  measure: (some: SomeViewers) => Promise<RunReport>,
): Promise<RunReport> {
  const others = viewers - CHECKING_VIEWERS;
  if (others <= 0 || PROGRAM.missing !== undefined) return measure({ viewers });
  const crowd = await Crowd.start(port, others, bytesPerSecond(media));
  try {
    return await crowd.joined(await measure({ viewers: CHECKING_VIEWERS, onBegin: () => crowd.begin() }));
  } finally {
    crowd.destroy();
  }
}

/** Viewers that only count bytes, in a program in C: so many that viewers in JavaScript would take more time than the server. */
class Crowd {
  readonly #child: ChildProcess;
  readonly #viewers: number;
  #output = "";

  /** Resolves when all of them wait for the stream `live/bench`. */
  static async start(port: number, viewers: number, rate: number): Promise<Crowd> {
    const crowd = new Crowd(port, viewers, rate);
    const hasEnded = once(crowd.#child, "exit").then(() => "ended");
    if ((await Promise.race([once(crowd.#child.stdout!, "data"), hasEnded])) === "ended")
      throw new LoadError("interrupted", "the crowd of viewers has ended");
    return crowd;
  }

  private constructor(port: number, viewers: number, rate: number) {
    this.#viewers = viewers;
    const folder = mkdtempSync(join(tmpdir(), "bench-crowd-"));
    const args = [port, viewers, rate].map(String);
    this.#child = spawn(PROGRAM.compileIn(folder), args, { stdio: ["pipe", "pipe", "inherit"] });
    rmSync(folder, { recursive: true });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
  }

  /** From now on it counts. */
  begin(): void {
    this.#child.stdin!.write("\n");
  }

  /** Ends it. The report of a run that went on meanwhile, with the crowd's viewers among its own. */
  async joined(report: RunReport): Promise<RunReport> {
    this.#child.stdin!.end();
    await once(this.#child, "close");
    return withCrowd(report, this.#viewers, JSON.parse(this.#output.trim().split("\n").at(-1) ?? ""));
  }

  destroy(): void {
    this.#child.kill();
  }
}

export function withCrowd(
  report: RunReport,
  viewers: number,
  { bytes, whole, elapsedSeconds, cpuSeconds }: CrowdReport,
): RunReport {
  const megabitsPerSecond = report.megabitsPerSecond + (8 * bytes) / elapsedSeconds / 1e6;
  const gigabytesPerSecond = megabitsPerSecond / 8_000;
  const crowdPercent = (100 * cpuSeconds) / elapsedSeconds;
  const { cpuPercent } = report;
  return {
    ...report,
    viewers: report.viewers + viewers,
    whole: report.whole + whole,
    problems: whole < viewers ? [...report.problems, "less came than the stream has"] : report.problems,
    megabitsPerSecond,
    cpuSecondsPerGigabyte: cpuPercent === undefined ? undefined : cpuPercent / 100 / gigabytesPerSecond,
    // The crowd was there before memory was measured.
    residentBytesPerViewer: undefined,
    loadCpuPercent: report.loadCpuPercent + crowdPercent,
    isLoadBound: report.isLoadBound || crowdPercent > BUSY_PERCENT,
  };
}
