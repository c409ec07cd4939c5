import { setTimeout as sleep } from "node:timers/promises";
import { LogTail } from "@headgate/api";
import { watchFiles } from "@headgate/tls";
import type { Logger } from "pino";
import { checkBeforeStart } from "./check-before-start.ts";
import type { Config } from "./config/load-config.ts";
import { ConfigState, type UsableConfig } from "./config-state.ts";
import { Control } from "./control.ts";
import { type EndReason, EndRequest, isPatient } from "./end-request.ts";
import { DEFAULT_CONFIG_NAMES, DEMO_APPLICATION } from "./known-names.ts";
import { createLog } from "./log.ts";
import { standardOutput } from "./log-output.ts";
import { warnOfNode } from "./node-warning.ts";
import { openToAll } from "./open-to-all.ts";
import { maxDescriptors } from "./process-limits.ts";
import { DEFAULTS_NAME, parseConfig, readConfig } from "./read-config.ts";
import { type Reloadable, Reloads } from "./reloads.ts";
import { mistakes, reportProblems } from "./report-problems.ts";
import { type Server, StartError, startServer } from "./server.ts";
import { startScreen } from "./start-screen.ts";
import { VERSION } from "./version.ts";
import { ENDING_SIGNALS, type EndingSignal } from "./wait-for-signal.ts";
import { watchDescriptors } from "./watch-descriptors.ts";
import { startWorkers } from "./workers/primary.ts";
import { isWorker, runWorker } from "./workers/worker.ts";
import { configOfPrimary } from "./workers/worker-config.ts";

export interface ServeOptions {
  readonly config?: string;
  readonly demo?: boolean;
  /** Everybody may publish where the configuration does not say who may. */
  readonly open?: boolean;
}

/** Runs the gateway until a signal ends the process. */
export async function serve(options: ServeOptions): Promise<void> {
  process.title = "headgate";
  const files = isWorker() ? await configOfPrimary() : undefined;
  const read = files ? parseConfig(files.started ?? undefined) : readConfig(options.config);
  if (read.config === undefined) {
    const { problems } = read;
    return reportProblems(
      problems,
      `not started, because of ${mistakes(problems.length)} in the configuration.`,
    );
  }
  const others = demoMistakes(read, options);
  if (others.length > 0) return reportProblems(others, "not started.");
  const state = new ConfigState(read, (config) => (options.open ? openToAll(config) : config));
  if (files) state.catchUp(parseConfig(files.last ?? undefined));
  await run(state, options);
}

async function run(state: ConfigState, options: ServeOptions): Promise<void> {
  const { config, from } = state;
  const hasDemo = options.demo ?? false;
  const isTerminal = process.stdout.isTTY === true;
  const hasColours = isTerminal && process.stdout.hasColors();
  const output = standardOutput();
  const tail = new LogTail();
  const processes = isWorker() ? config.workers : 1;
  const log = createLog(config.log, { isTerminal, hasColours }, output, tail, processes);
  output.onRecovered = (lines) => log.warn({ lines }, "log lines were lost: they could not be written");
  endOnBug(log);
  watchDescriptors(log, maxDescriptors());
  if (isWorker()) return runWorker(state, { log, output, tail, hasDemo });
  const control = new Control(() => state.config.gateway.drain.timeoutMs);
  let server: RunningServer;
  try {
    checkBeforeStart(config, from, log);
    server =
      config.workers > 1
        ? await startWorkers(state, { log, output, tail, control })
        : reloadable(await startServer({ config, log, output, tail, hasDemo, control }));
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    reportProblems(error.problems, "not started.");
    return;
  }
  const { listeners } = server;
  const read = () => readConfig(options.config);
  const check = (next: UsableConfig) => demoMistakes(next, options);
  const reloads = new Reloads({ state, server, read, check, log });
  // Before `ready` is logged, because a supervisor could send a signal right after it.
  const ending = new EndRequest(endingSignals(reloads));
  control.serve(ending, reloads);
  const unwatch = watchFiles(namesOf(options), () => reloads.start("file"));
  if (isTerminal) output.write(startScreen({ config, configName: from, listeners, hasDemo, hasColours }));
  else {
    const { host, port } = config.admin;
    const line = {
      version: VERSION,
      config: from ?? DEFAULTS_NAME,
      listeners,
      admin: { host, port },
      hasDemo,
      ...memoryOf(config),
    };
    log.info(line, "ready");
  }
  warnOfNode(process.versions.node, log);

  const reason = await ending.reason;
  unwatch();
  await end(server, reason, state.config, log);
  await output.flush(FLUSH_MS);
  process.exit();
}

/** A server with one process or with several. */
interface RunningServer extends Reloadable, Pick<Server, "listeners" | "drain" | "close"> {}

function reloadable(server: Server): RunningServer {
  const { gateway, listeners, drain, close } = server;
  return { faults: gateway.faults, listeners, drain, close, prepare: ({ config }) => server.prepare(config) };
}

/** Hands over the sessions first, if there is time for that. */
async function end(
  server: RunningServer,
  reason: EndReason,
  { gateway: { drain, timeouts } }: Config,
  log: Logger,
): Promise<void> {
  if (isPatient(reason) && drain.timeoutMs > 0) {
    log.info({ reason, timeoutMs: drain.timeoutMs }, "draining");
    await server.drain();
  }
  log.info({ reason }, "ending");
  const maxMs = timeouts.closeMs + GRACE_MS;
  const isClosed = await Promise.race([server.close().then(() => true), sleep(maxMs, false)]);
  if (isClosed) log.info("ended");
  else log.warn("not all connections could be closed in time");
}

/** The files that are read, of which the first counts that there is. */
function namesOf({ config }: ServeOptions): readonly string[] {
  return config === undefined ? DEFAULT_CONFIG_NAMES : [config];
}

/** The limits in force that depend on the memory of the machine. */
function memoryOf({ memoryBytes, gateway }: Config): Readonly<Record<string, number>> {
  const { maxConnections, maxLogBytes, maxInputBytes } = gateway.limits;
  return { memoryBytes, maxConnections, maxLogBytes, maxInputBytes };
}

/** With a terminal, SIGHUP means that it was closed; without one, it asks daemons to read their files again. */
function endingSignals(reloads: Reloads): readonly EndingSignal[] {
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  if (hasTerminal) return [...ENDING_SIGNALS, "SIGHUP"];
  process.on("SIGHUP", () => reloads.start("signal"));
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

function demoMistakes({ config, from }: UsableConfig, { demo }: ServeOptions): readonly string[] {
  const { applications } = config.gateway;
  if (!demo || applications.has(DEMO_APPLICATION) || applications.has("*")) return [];
  return [
    `--demo publishes in the application "${DEMO_APPLICATION}", which ${from ?? DEFAULTS_NAME} does not have`,
  ];
}
