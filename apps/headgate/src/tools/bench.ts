import { describeRun, isWhole, LoadError, type RunValues, run, runOptionsOf } from "@headgate/load";
import { printable, printableLines } from "../printable.ts";
import { ExitCode } from "./exit-code.ts";
import { ProgressLine } from "./progress-line.ts";

/** `headgate bench URL`: what viewers get from a server, and what that costs it. */
export async function bench(url: string, values: RunValues): Promise<void> {
  let stage = "";
  let sinceMs = 0;
  const onStage = (next: string): void => {
    stage = next;
    sinceMs = performance.now();
  };
  const line = new ProgressLine(() => `${stage}: ${((performance.now() - sinceMs) / 1000).toFixed(1)} s`);
  try {
    const report = await run({ ...runOptionsOf(url, values), onStage }).finally(() => line.end());
    process.stdout.write(printableLines(values.json ? `${JSON.stringify(report)}\n` : describeRun(report)));
    if (!isWhole(report)) process.exitCode = ExitCode.interrupted;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    process.stderr.write(`${printable(`headgate: ${error.message}`)}\n`);
    process.exitCode = ExitCode[error.failure];
  }
}
