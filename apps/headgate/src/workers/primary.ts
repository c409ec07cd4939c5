import cluster from "node:cluster";
import { randomBytes } from "node:crypto";
import { apiRoutes, type LogTail, type ServerControl, WorkersView } from "@headgate/api";
import { Applications } from "@headgate/bus";
import { FaultLog } from "@headgate/driver";
import { type HealthStatus, health } from "@headgate/http-server";
import type { BanFile } from "@headgate/limits";
import { Manifest, RecordedFiles, recordingRoutes, SavedIndexes } from "@headgate/recording";
import { type RelaysReply, relayRoutes } from "@headgate/relay";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { AggregatorRegistry, Registry } from "prom-client";
import { apiOptions } from "../api-options.ts";
import type { BoundListener } from "../bind-listener.ts";
import { bindProblem } from "../bind-problem.ts";
import type { ApplicationConfig } from "../config/config.ts";
import type { ConfigState, NextConfig } from "../config-state.ts";
import { consoleRoutes } from "../console-routes.ts";
import { createAdmin } from "../create-admin.ts";
import { logFeature } from "../features.ts";
import { faultMetrics } from "../gateway-metrics.ts";
import { keepBans } from "../keep-bans.ts";
import type { LogOutput } from "../log-output.ts";
import { createRegistry, metricsRoutes } from "../metrics.ts";
import { StartError } from "../server.ts";
import type { Preparation } from "../server-config.ts";
import { VERSION } from "../version.ts";
import type { WorkerMetrics } from "./messages.ts";
import { portProblems } from "./port-problems.ts";
import { SharedLimits } from "./shared-limits.ts";
import { SharedStreams } from "./shared-streams.ts";
import { FOLDER_VARIABLE, ID_KEY_VARIABLE, SERVER_VARIABLE, SLOT_VARIABLE } from "./worker.ts";
import { WorkerCounters } from "./worker-counters.ts";
import { workerMetrics } from "./worker-metrics.ts";
import { type WorkerOwner, WorkerProcess } from "./worker-process.ts";
import { WorkerSockets } from "./worker-sockets.ts";

/** The pause before a worker is restarted, for one that keeps exiting. Milliseconds. */
const RESTART_DELAY_MS = 500;

/** The time in which a worker must be ready for another configuration. It may have to make a certificate. Milliseconds. */
const PREPARE_MS = 20_000;

const NO_ANSWER = "a worker does not answer";

/** Several workers, as one server. */
export interface Workers {
  readonly listeners: readonly BoundListener[];
  readonly faults: FaultLog;
  prepare(next: NextConfig): Promise<Preparation>;
  drain(): Promise<void>;
  close(): Promise<void>;
}

interface PrimaryParts {
  readonly log: Logger;
  readonly output: LogOutput;
  readonly tail: LogTail;
  readonly control: ServerControl;
}

/** Starts the workers and what they share. Rejects with a StartError if they cannot listen. */
export async function startWorkers(state: ConfigState, parts: PrimaryParts): Promise<Workers> {
  const sockets = await WorkerSockets.create().catch((error: Error) => {
    throw new StartError([`workers need a folder for temporary files: ${error.message}`]);
  });
  const primary = new Primary(state, parts, sockets);
  process.on("exit", () => primary.abandon());
  const listeners = await primary.start();
  return {
    listeners,
    faults: primary.faults,
    prepare: (next) => primary.prepare(next),
    drain: () => primary.drain(),
    close: () => primary.close(),
  };
}

class Primary {
  readonly #state: ConfigState;
  readonly #applications: Applications<ApplicationConfig>;
  /** Identifies the server to others. */
  readonly #id: string = randomBytes(6).toString("hex");
  /** The key with which ids of tunnel sessions are made. */
  readonly #idKey: string = randomBytes(32).toString("hex");
  readonly #log: Logger;
  readonly #tail: LogTail;
  readonly faults: FaultLog;
  /** What this process counts itself. */
  readonly #registry: Registry;
  readonly #guard: Guard;
  readonly #sockets: WorkerSockets;
  /** By slot. */
  readonly #workers = new Map<number, WorkerProcess>();
  readonly #counters = new WorkerCounters();
  readonly #limits = new SharedLimits((slot, message) => this.#workers.get(slot)?.tell(message));
  readonly #banFile: BanFile | undefined;
  readonly #streams: SharedStreams;
  /** Workers that are not ready yet. */
  readonly #starting = new Set<Promise<unknown>>();
  /** Slots whose workers are started anew in a moment. */
  readonly #awaited = new Set<number>();
  #status: HealthStatus = "starting";
  #lost = 0;
  #onLastExit: (() => void) | undefined;
  /** Workers that still have sessions, while the server drains. */
  readonly #draining = new Set<number>();
  #onDrained: (() => void) | undefined;
  readonly #admin: ReturnType<typeof createAdmin>;

  constructor(state: ConfigState, { log, output, tail, control }: PrimaryParts, sockets: WorkerSockets) {
    this.#state = state;
    this.#applications = new Applications(state.config.gateway.applications);
    this.#streams = new SharedStreams(this.#applications, this.#workers);
    this.#sockets = sockets;
    this.#log = log;
    this.#tail = tail;
    this.faults = new FaultLog(log);
    this.#registry = createRegistry([
      ...faultMetrics(this.faults),
      ...(logFeature(output).metrics ?? []),
      ...workerMetrics({
        configured: state.config.workers,
        running: () => this.#workers.size,
        lost: () => this.#lost,
      }),
    ]);
    this.#guard = new Guard(this.faults, "worker", () => {});
    const host = { id: this.#id, faults: this.faults };
    this.#banFile = keepBans(state.config, this.#limits.bans, { log, faults: this.faults });
    const { root } = state.config.recording;
    this.#admin = createAdmin(state, {
      log,
      routes: [
        apiRoutes(apiOptions(state, host, { view: this.#view, bans: this.#limits.bans, control })),
        health(VERSION, () => this.#status),
        metricsRoutes({ contentType: Registry.PROMETHEUS_CONTENT_TYPE, metrics: () => this.#metrics() }),
        consoleRoutes(),
        relayRoutes(() => this.#relays()),
        recordingRoutes({
          root,
          manifest: new Manifest(root, this.#guard),
          files: new RecordedFiles(this.#guard, new SavedIndexes(root), () => false),
          faults: this.faults,
          control: {
            start: (stream) => this.#view.record(stream, "start"),
            stop: (stream) => this.#view.record(stream, "stop"),
          },
        }),
      ],
      faults: this.faults,
    });
  }

  async start(): Promise<readonly BoundListener[]> {
    const { admin, workers } = this.#state.config;
    const { host, port } = admin;
    try {
      await this.#admin.listen({ host, port });
      // One after the other, so that the first makes what all need, such as a certificate.
      const [first = []] = [await this.#fork(0)];
      for (let slot = 1; slot < workers; slot += 1) await this.#fork(slot);
      this.#status = "ok";
      return first;
    } catch (error) {
      await this.close();
      if (error instanceof StartError) throw error;
      const address = { host, port, key: "admin", variable: "HEADGATE_ADMIN" };
      throw new StartError([bindProblem(address, error as Error)]);
    }
  }

  /** All workers get ready for it, or none has it. */
  async prepare({ read, config }: NextConfig): Promise<Preparation> {
    // Those that start know the configuration in force.
    await Promise.allSettled(this.#starting);
    const problems = await portProblems(this.#state.config.listeners, config.listeners);
    if (problems.length > 0) return { problems, commit: () => {}, abandon: async () => {} };
    const workers = [...this.#workers.values()];
    const file = read.file ?? null;
    const answers = await Promise.all(workers.map((worker) => worker.ask("prepare", { file }, PREPARE_MS)));
    return {
      problems: [...new Set(answers.flatMap((problems) => problems ?? [NO_ANSWER]))],
      commit: async () => {
        this.#applications.replace(config.gateway.applications);
        this.#log.level = config.log.level;
        // One that has been started meanwhile has the configuration before this one.
        for (const worker of this.#workers.values()) if (!workers.includes(worker)) worker.signal("SIGKILL");
        await Promise.all(workers.map((worker) => worker.ask("commit")));
      },
      abandon: async () => {
        await Promise.all(workers.map((worker) => worker.ask("abandon")));
      },
    };
  }

  /** Each worker says when it has no more sessions. One that has exited has none. */
  async drain(): Promise<void> {
    this.#status = "draining";
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    for (const [slot, worker] of this.#workers) {
      this.#draining.add(slot);
      worker.tell({ kind: "drain" });
    }
    if (this.#draining.size > 0) await drained;
  }

  #drained(slot: number): void {
    if (this.#draining.delete(slot) && this.#draining.size === 0) this.#onDrained?.();
  }

  /** The workers have the time that one process would have. Those that need longer are killed. */
  async close(): Promise<void> {
    this.#status = "draining";
    const workers = [...this.#workers.values()];
    const exited = new Promise<void>((resolve) => {
      this.#onLastExit = resolve;
    });
    for (const worker of workers) worker.tell({ kind: "end" });
    const kill = (): void => {
      for (const worker of this.#workers.values()) worker.signal("SIGKILL");
    };
    const timer = setTimeout(this.#guard.entry(kill), this.#state.config.gateway.timeouts.closeMs);
    if (this.#workers.size > 0) await exited;
    clearTimeout(timer);
    await this.#admin.close();
    await this.#banFile?.settled();
    this.#sockets.remove();
  }

  /** Leaves nothing behind: kills workers that hang, too. */
  abandon(): void {
    for (const worker of this.#workers.values()) worker.signal("SIGKILL");
    this.#sockets.remove();
  }

  /** Resolves when the worker is ready; rejects if it cannot start. */
  async #fork(slot: number): Promise<readonly BoundListener[]> {
    const started = this.#startWorker(slot);
    this.#starting.add(started);
    try {
      return await started;
    } finally {
      this.#starting.delete(started);
    }
  }

  #startWorker(slot: number): Promise<readonly BoundListener[]> {
    return new Promise((resolve, reject) => {
      const forked = cluster.fork({
        [SLOT_VARIABLE]: slot,
        [FOLDER_VARIABLE]: this.#sockets.folder,
        [SERVER_VARIABLE]: this.#id,
        [ID_KEY_VARIABLE]: this.#idKey,
      });
      const owner: WorkerOwner = {
        onMessage: (message) => {
          if (message.kind === "ready") {
            this.#limits.ready(slot);
            this.#streams.ready(slot);
            resolve(message.listeners);
          } else if (message.kind === "begun") {
            worker.tell({ kind: "configuration", files: this.#state.files });
          } else if (message.kind === "failed") {
            reject(new StartError(message.problems));
            worker.signal("SIGTERM");
          } else if (message.kind === "drained") this.#drained(slot);
          else if ("stream" in message) this.#streams.onMessage(slot, message);
          else this.#limits.onMessage(slot, message);
        },
        onHanging: () => this.#log.error({ worker: slot }, "worker does not respond; killing it"),
        onExit: (reason) => {
          reject(new StartError([`a worker process exited during its start (${reason})`]));
          this.#counters.ended(worker);
          this.#ended(slot, reason);
        },
      };
      const worker = new WorkerProcess(forked, owner, this.faults);
      this.#workers.set(slot, worker);
      this.#limits.joined(slot);
    });
  }

  /** Only its own sessions are lost. */
  #ended(slot: number, reason: string | number): void {
    this.#workers.delete(slot);
    this.#drained(slot);
    this.#limits.left(slot);
    this.#streams.left(slot);
    if (this.#workers.size === 0) this.#onLastExit?.();
    if (this.#status !== "ok") return;
    this.#lost += 1;
    this.#log.error({ worker: slot, reason }, "a worker has ended, and is started anew");
    this.#restartLater(slot);
  }

  #restartLater(slot: number): void {
    if (this.#awaited.has(slot)) return;
    this.#awaited.add(slot);
    const restart = (): void => {
      this.#awaited.delete(slot);
      this.#restart(slot);
    };
    setTimeout(this.#guard.entry(restart), RESTART_DELAY_MS);
  }

  #restart(slot: number): void {
    if (this.#status !== "ok") return;
    this.#guard.settle(
      this.#fork(slot),
      () => {},
      (error: unknown) => {
        const reason = (error as Error).message;
        this.#log.error({ worker: slot, reason }, "a worker cannot be started");
        // Where the system has refused a process there is none whose end would bring the next attempt.
        if (!this.#workers.has(slot)) this.#restartLater(slot);
      },
    );
  }

  get #view(): WorkersView {
    return new WorkersView(
      () =>
        [...this.#workers.values()].map(
          (worker) => async (call) => (await worker.ask("view", { call }))?.value,
        ),
      this.#tail,
    );
  }

  async #relays(): Promise<RelaysReply> {
    const replies = await Promise.all([...this.#workers.values()].map((worker) => worker.ask("relays")));
    const known = replies.filter((reply) => reply !== undefined);
    return {
      relays: known.flatMap(({ relays }) => relays),
      proxiedSessions: known.reduce((sum, { proxiedSessions }) => sum + proxiedSessions, 0),
    };
  }

  /** Of all workers, also those that have ended, and what this process counts. */
  async #metrics(): Promise<string> {
    const workers = [...this.#workers].map(([slot, worker]) => this.#metricsOf(slot, worker));
    const told = await Promise.all(workers);
    const own = await this.#registry.getMetricsAsJSON();
    return AggregatorRegistry.aggregate(
      [...told, this.#counters.ofEnded, own].map((each) => [...each]),
    ).metrics();
  }

  /** Nothing of a worker that has ended meanwhile: its counters count with those of all that have. */
  async #metricsOf(slot: number, worker: WorkerProcess): Promise<WorkerMetrics> {
    const told = await worker.ask("metrics");
    if (this.#workers.get(slot) !== worker) return [];
    if (told) this.#counters.told(worker, told);
    return told ?? this.#counters.latestOf(worker);
  }
}
