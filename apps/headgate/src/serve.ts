import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";
import { findingsIn } from "./config-findings.ts";
import { DEMO_APPLICATION } from "./demo.ts";
import { warnOfLimits } from "./limit-warnings.ts";
import { createLog } from "./log.ts";
import { standardOutput } from "./log-output.ts";
import { warnOfNode } from "./node-warning.ts";
import { freeAddressBytes, maxDescriptors, maxHeapBytes } from "./process-limits.ts";
import { DEFAULTS_NAME, readConfig } from "./read-config.ts";
import { mistakes, reportProblems } from "./report-problems.ts";
import { type Server, StartError, startServer } from "./server.ts";
import { startScreen } from "./start-screen.ts";
import { VERSION } from "./version.ts";
import { ENDING_SIGNALS, waitForSignal } from "./wait-for-signal.ts";
import { watchDescriptors } from "./watch-descriptors.ts";
import { startWorkers } from "./workers/primary.ts";
import { isWorker, runWorker } from "./workers/worker.ts";

export interface ServeOptions {
  readonly config?: string;
  readonly demo?: boolean;
}

/** Runs the gateway until a signal ends the process. */
export async function serve(options: ServeOptions): Promise<void> {
  process.title = "headgate";
  const { config, problems, from } = readConfig(options.config);
  if (config === undefined) {
    reportProblems(problems, `not started, because of ${mistakes(problems.length)} in the configuration.`);
  } else if (options.demo && !hasDemoApplication(config)) {
    reportProblems(
      [`--demo publishes in the application "${DEMO_APPLICATION}", which ${from} does not have`],
      "not started.",
    );
  } else {
    await run(config, from, options.demo ?? false);
  }
}

async function run(config: Config, from: string | undefined, hasDemo: boolean): Promise<void> {
  const isTerminal = process.stdout.isTTY === true;
  const hasColours = isTerminal && process.stdout.hasColors();
  const output = standardOutput();
  const log = createLog(config.log, { isTerminal, hasColours }, output, isWorker() ? config.workers : 1);
  output.onRecovered = (lines) => log.warn({ lines }, "log lines were lost: they could not be written");
  endOnBug(log);
  const openFiles = maxDescriptors();
  watchDescriptors(log, openFiles);
  if (isWorker()) return runWorker(config, log, output, hasDemo);
  const { mistakes: found, warnings } = findingsIn(config);
  if (found.length > 0) return reportProblems(found, "not started.");
  for (const warning of warnings) log.warn({ config: from }, warning);
  const system = { openFiles, freeAddressBytes: freeAddressBytes(), maxHeapBytes: maxHeapBytes() };
  warnOfLimits(config, system, log);
  let server: Pick<Server, "listeners" | "reloadCertificates" | "close">;
  try {
    server =
      config.workers > 1
        ? await startWorkers(config, log, output)
        : await startServer({ config, log, output, hasDemo });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    reportProblems(error.problems, "not started.");
    return;
  }
  const { listeners } = server;
  // Before `ready` is logged, because a supervisor could send a signal right after it.
  const toldToEnd = waitForSignal(endingSignals(server));
  if (isTerminal) output.write(startScreen({ config, configName: from, listeners, hasDemo, hasColours }));
  else {
    const { admin } = config;
    const line = {
      version: VERSION,
      config: from ?? DEFAULTS_NAME,
      listeners,
      admin,
      hasDemo,
      ...memoryOf(config),
    };
    log.info(line, "ready");
  }
  warnOfNode(process.versions.node, log);

  const signal = await toldToEnd;
  log.info({ signal }, "ending");
  const maxMs = config.gateway.timeouts.closeMs + GRACE_MS;
  const isClosed = await Promise.race([server.close().then(() => true), sleep(maxMs, false)]);
  if (isClosed) log.info("ended");
  else log.warn("not all connections could be closed in time");
  await output.flush(FLUSH_MS);
  process.exit();
}

/** The memory limits in force, which depend on the machine. */
function memoryOf({ memoryBytes, gateway }: Config): Readonly<Record<string, number>> {
  const { maxLogBytes, maxInputBytes } = gateway.limits;
  return { memoryBytes, maxLogBytes, maxInputBytes };
}

/** With a terminal, SIGHUP means that it was closed; without one, it asks daemons to read their files again. */
function endingSignals(server: Pick<Server, "reloadCertificates">): readonly NodeJS.Signals[] {
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  if (hasTerminal) return [...ENDING_SIGNALS, "SIGHUP"];
  process.on("SIGHUP", () => server.reloadCertificates());
  return ENDING_SIGNALS;
}

/** On top of the time for the drain. After it the process exits although a peer or a bug holds it up. */
const GRACE_MS = 100;

/** For the last log lines. A log that takes none does not keep the process. */
const FLUSH_MS = 500;

/**
 * The last resort. Guards contain the errors that peers and faults can cause, so the state is unknown if one arrives here: a
 * restart by the supervisor is safer than going on.
 */
function endOnBug(log: Logger): void {
  const end = (error: unknown): void => {
    log.fatal({ err: error }, "exiting because of a bug in Headgate; please report it");
    process.exit(1);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}

function hasDemoApplication({ gateway: { applications } }: Config): boolean {
  return applications.has(DEMO_APPLICATION) || applications.has("*");
}
