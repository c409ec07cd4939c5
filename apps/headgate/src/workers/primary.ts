import cluster from "node:cluster";
import { randomBytes } from "node:crypto";
import { Applications, StreamKey } from "@headgate/bus";
import { FaultLog } from "@headgate/driver";
import { createAdminServer, type HealthStatus, health } from "@headgate/http-server";
import { type RelaysReply, relayRoutes } from "@headgate/relay";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { AggregatorRegistry, Registry } from "prom-client";
import type { BoundListener } from "../bind-listener.ts";
import { bindProblem } from "../bind-problem.ts";
import type { ApplicationConfig } from "../config/config.ts";
import type { Config } from "../config/load-config.ts";
import { logFeature } from "../features.ts";
import { faultMetrics } from "../gateway-metrics.ts";
import type { LogOutput } from "../log-output.ts";
import { createRegistry, metricsRoutes } from "../metrics.ts";
import { StartError } from "../server.ts";
import { VERSION } from "../version.ts";
import { Directory } from "./directory.ts";
import type { FromWorker } from "./messages.ts";
import { FOLDER_VARIABLE, ID_KEY_VARIABLE, SERVER_VARIABLE, SLOT_VARIABLE } from "./worker.ts";
import { type WorkerOwner, WorkerProcess } from "./worker-process.ts";
import { WorkerSockets } from "./worker-sockets.ts";

/** The pause before a worker is restarted, for one that keeps exiting. Milliseconds. */
const RESTART_DELAY_MS = 500;

/** Several workers, as one server. */
export interface Workers {
  readonly listeners: readonly BoundListener[];
  reloadCertificates(): void;
  close(): Promise<void>;
}

/** Starts the workers and what they share. Rejects with a StartError if they cannot listen. */
export async function startWorkers(config: Config, log: Logger, output: LogOutput): Promise<Workers> {
  const sockets = await WorkerSockets.create().catch((error: Error) => {
    throw new StartError([`workers need a folder for temporary files: ${error.message}`]);
  });
  const primary = new Primary(config, log, output, sockets);
  process.on("exit", () => primary.abandon());
  const listeners = await primary.start();
  return {
    listeners,
    reloadCertificates: () => primary.reloadCertificates(),
    close: () => primary.close(),
  };
}

class Primary {
  readonly #config: Config;
  readonly #applications: Applications<ApplicationConfig>;
  /** Identifies the server to others. */
  readonly #id: string = randomBytes(6).toString("hex");
  /** The key with which ids of tunnel sessions are made. */
  readonly #idKey: string = randomBytes(32).toString("hex");
  readonly #log: Logger;
  readonly #faults: FaultLog;
  /** What this process counts itself. */
  readonly #registry: Registry;
  readonly #guard: Guard;
  readonly #sockets: WorkerSockets;
  readonly #directory = new Directory();
  readonly #workers = new Map<number, WorkerProcess>();
  /** Slots whose workers are started anew in a moment. */
  readonly #awaited = new Set<number>();
  #status: HealthStatus = "starting";
  #onLastExit: (() => void) | undefined;
  readonly #admin: ReturnType<typeof createAdminServer>;

  constructor(config: Config, log: Logger, output: LogOutput, sockets: WorkerSockets) {
    this.#config = config;
    this.#applications = new Applications(config.gateway.applications);
    this.#sockets = sockets;
    this.#log = log;
    this.#faults = new FaultLog(log);
    this.#registry = createRegistry([...faultMetrics(this.#faults), ...(logFeature(output).metrics ?? [])]);
    this.#guard = new Guard(this.#faults, "worker", () => {});
    this.#admin = createAdminServer({
      names: [config.admin.host, ...config.admin.hosts],
      routes: [
        health(VERSION, () => this.#status),
        metricsRoutes({ contentType: Registry.PROMETHEUS_CONTENT_TYPE, metrics: () => this.#metrics() }),
        relayRoutes(() => this.#relays()),
      ],
      faults: this.#faults,
    });
  }

  async start(): Promise<readonly BoundListener[]> {
    const { host, port } = this.#config.admin;
    try {
      await this.#admin.listen({ host, port });
      // One after the other, so that the first makes what all need, such as a certificate.
      const [first = []] = [await this.#fork(0)];
      for (let slot = 1; slot < this.#config.workers; slot += 1) await this.#fork(slot);
      this.#status = "ok";
      return first;
    } catch (error) {
      await this.close();
      if (error instanceof StartError) throw error;
      const address = { host, port, key: "admin", variable: "HEADGATE_ADMIN" };
      throw new StartError([bindProblem(address, error as Error)]);
    }
  }

  reloadCertificates(): void {
    for (const worker of this.#workers.values()) worker.signal("SIGHUP");
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
    const timer = setTimeout(this.#guard.entry(kill), this.#config.gateway.timeouts.closeMs);
    if (this.#workers.size > 0) await exited;
    clearTimeout(timer);
    await this.#admin.close();
    this.#sockets.remove();
  }

  /** Leaves nothing behind: kills workers that hang, too. */
  abandon(): void {
    for (const worker of this.#workers.values()) worker.signal("SIGKILL");
    this.#sockets.remove();
  }

  /** Resolves when the worker is ready; rejects if it cannot start. */
  #fork(slot: number): Promise<readonly BoundListener[]> {
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
            for (const [stream, owner] of this.#directory.streams) worker.tellOwner(stream, owner);
            resolve(message.listeners);
          } else if (message.kind === "failed") {
            reject(new StartError(message.problems));
            worker.signal("SIGTERM");
          } else this.#onMessage(slot, message);
        },
        onHanging: () => this.#log.error({ worker: slot }, "worker does not respond; killing it"),
        onExit: (reason) => {
          reject(new StartError([`a worker process exited during its start (${reason})`]));
          this.#ended(slot, reason);
        },
      };
      const worker = new WorkerProcess(forked, owner, this.#faults);
      this.#workers.set(slot, worker);
    });
  }

  #onMessage(slot: number, message: Extract<FromWorker, { stream: string }>): void {
    if (message.kind === "wanted") this.#confirm(message.stream, slot);
    else if (message.kind === "heard") this.#confirmed(message.stream, message.asker);
    else if (message.kind === "unpublished") {
      if (this.#directory.unpublished(message.stream, slot)) this.#tellOwner(message.stream);
    } else {
      const { stream, isPulled } = message;
      const key = StreamKey.parse(stream, this.#applications);
      const policy = typeof key === "object" && this.#applications.optionsOf(key)?.publisherPolicy;
      const { givesUp } = this.#directory.published(stream, { slot, isPulled }, policy || "reject");
      const worker = givesUp === undefined ? undefined : this.#workers.get(givesUp);
      worker?.tell({ kind: "evict", stream });
      this.#tellOwner(stream);
    }
  }

  #confirm(stream: string, asker: number): void {
    const owner = this.#directory.streams.get(stream);
    const worker = owner && this.#workers.get(owner.slot);
    if (worker) worker.tell({ kind: "confirm", stream, asker });
    else this.#confirmed(stream, asker);
  }

  #confirmed(stream: string, asker: number): void {
    const isFree = !this.#directory.streams.has(stream);
    this.#workers.get(asker)?.tell({ kind: "confirmed", stream, isFree });
  }

  #tellOwner(stream: string): void {
    const owner = this.#directory.streams.get(stream);
    for (const worker of this.#workers.values()) worker.tellOwner(stream, owner);
  }

  /** Only its own sessions are lost. Its streams are free to be published again. */
  #ended(slot: number, reason: string | number): void {
    this.#workers.delete(slot);
    for (const stream of this.#directory.removeWorker(slot)) this.#tellOwner(stream);
    if (this.#workers.size === 0) this.#onLastExit?.();
    if (this.#status !== "ok") return;
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

  async #relays(): Promise<RelaysReply> {
    const replies = await Promise.all([...this.#workers.values()].map((worker) => worker.ask("relays")));
    const known = replies.filter((reply) => reply !== undefined);
    return {
      relays: known.flatMap(({ relays }) => relays),
      proxiedSessions: known.reduce((sum, { proxiedSessions }) => sum + proxiedSessions, 0),
    };
  }

  /** The answers of the workers that answer in time, and what this process counts. */
  async #metrics(): Promise<string> {
    const replies = await Promise.all([...this.#workers.values()].map((worker) => worker.ask("metrics")));
    const known = replies.filter((reply) => reply !== undefined);
    return AggregatorRegistry.aggregate([...known, await this.#registry.getMetricsAsJSON()]).metrics();
  }
}
