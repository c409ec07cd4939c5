import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";
import { Applications, StreamKey } from "@headgate/bus";
import { FaultLog } from "@headgate/gateway";
import type { Logger } from "pino";
import { AggregatorRegistry } from "prom-client";
import { createAdminServer } from "../admin-server.ts";
import type { BoundListener } from "../bind-listener.ts";
import { bindProblem } from "../bind-problem.ts";
import type { Config } from "../config/load-config.ts";
import type { ApplicationConfig } from "../config/schema.ts";
import type { HealthStatus } from "../health.ts";
import type { RelaysReply } from "../relay-status.ts";
import { StartError } from "../server.ts";
import { Directory } from "./directory.ts";
import { closeWhatItHasNotTaken } from "./handed-over.ts";
import type { FromWorker, OfOthers, ToWorker } from "./messages.ts";
import { FOLDER_VARIABLE, SERVER_VARIABLE, SLOT_VARIABLE } from "./worker.ts";
import { WorkerSockets } from "./worker-sockets.ts";

/** A worker that keeps dying is not started without a pause. */
const RESTART_DELAY_MS = 500;

/** For a worker's answer to a question of the admin server. */
const ANSWER_MS = 2_000;

/** Several workers, as one server. */
export interface Workers {
  readonly listeners: readonly BoundListener[];
  reloadCertificates(): void;
  close(): Promise<void>;
}

/** Starts the workers and what they share; rejects with a StartError if they cannot listen. */
export async function startWorkers(config: Config, count: number, log: Logger): Promise<Workers> {
  const sockets = await WorkerSockets.create().catch((error: Error) => {
    throw new StartError([`workers need a folder for temporary files: ${error.message}`]);
  });
  const primary = new Primary(config, count, log, sockets);
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
  readonly #count: number;
  /** Names the server to others. */
  readonly #id: string = randomBytes(6).toString("hex");
  readonly #log: Logger;
  readonly #sockets: WorkerSockets;
  readonly #directory = new Directory();
  readonly #workers = new Map<number, Worker>();
  readonly #answers = new Map<number, (reply: RelaysReply) => void>();
  #requests = 0;
  #status: HealthStatus = "starting";
  readonly #admin: ReturnType<typeof createAdminServer>;

  constructor(config: Config, count: number, log: Logger, sockets: WorkerSockets) {
    this.#config = config;
    this.#applications = new Applications(config.gateway.applications);
    this.#sockets = sockets;
    this.#count = count;
    this.#log = log;
    const registry = new AggregatorRegistry();
    this.#admin = createAdminServer({
      names: [config.admin.host, ...config.admin.hosts],
      status: () => this.#status,
      registry: { contentType: registry.contentType, metrics: () => registry.clusterMetrics() },
      relays: () => this.#relays(),
      faults: new FaultLog(log),
    });
  }

  async start(): Promise<readonly BoundListener[]> {
    const { host, port } = this.#config.admin;
    try {
      await this.#admin.listen({ host, port });
      // One after the other, so that the first makes what all need: a certificate for instance.
      const [first = []] = [await this.#fork(0)];
      for (let slot = 1; slot < this.#count; slot += 1) await this.#fork(slot);
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
    for (const worker of this.#workers.values()) worker.process.kill("SIGHUP");
  }

  /** The workers have the time that one process would have; those that need longer are killed when the process exits. */
  async close(): Promise<void> {
    this.#status = "draining";
    const exits = [...this.#workers.values()].map(
      (worker) => new Promise<void>((resolve) => worker.once("exit", () => resolve())),
    );
    for (const worker of this.#workers.values()) send(worker, { kind: "end" });
    await Promise.all(exits);
    await this.#admin.close();
    this.#sockets.remove();
  }

  /** Leaves nothing behind, not even workers that hang. */
  abandon(): void {
    for (const worker of this.#workers.values()) worker.process.kill("SIGKILL");
    this.#sockets.remove();
  }

  /** Resolves when the worker is ready; rejects if it cannot start. */
  #fork(slot: number): Promise<readonly BoundListener[]> {
    const worker = cluster.fork({
      [SLOT_VARIABLE]: slot,
      [FOLDER_VARIABLE]: this.#sockets.folder,
      [SERVER_VARIABLE]: this.#id,
    });
    this.#workers.set(slot, worker);
    closeWhatItHasNotTaken(worker);
    return new Promise((resolve, reject) => {
      worker.on("message", (message: FromWorker | OfOthers) => {
        if (!("kind" in message)) return;
        if (message.kind === "ready") {
          for (const [stream, owner] of this.#directory.streams)
            send(worker, { kind: "owner", stream, owner });
          resolve(message.listeners);
        } else if (message.kind === "failed") {
          reject(new StartError(message.problems));
          worker.kill();
        } else this.#hear(slot, message);
      });
      worker.once("exit", (code, signal) => {
        reject(new StartError([`a worker process ended at its start (${signal ?? code})`]));
        this.#ended(slot, signal ?? code);
      });
    });
  }

  #hear(slot: number, message: Exclude<FromWorker, { kind: "ready" | "failed" }>): void {
    if (message.kind === "relays") {
      this.#answers.get(message.request)?.(message.reply);
    } else if (message.kind === "unpublished") {
      if (this.#directory.unpublished(message.stream, slot)) this.#tellOwner(message.stream);
    } else {
      const { stream, isPulled } = message;
      const key = StreamKey.parse(stream, this.#applications);
      const policy = typeof key === "object" && this.#applications.optionsOf(key)?.publisherPolicy;
      const { givesUp } = this.#directory.published(stream, { slot, isPulled }, policy || "reject");
      const worker = givesUp === undefined ? undefined : this.#workers.get(givesUp);
      if (worker) send(worker, { kind: "give up", stream });
      this.#tellOwner(stream);
    }
  }

  #tellOwner(stream: string): void {
    const owner = this.#directory.streams.get(stream);
    for (const worker of this.#workers.values()) send(worker, { kind: "owner", stream, owner });
  }

  /** Its sessions are lost, and nobody else's; its streams are free for those who publish them again. */
  #ended(slot: number, reason: string | number): void {
    this.#workers.delete(slot);
    for (const stream of this.#directory.gone(slot)) this.#tellOwner(stream);
    if (this.#status !== "ok") return;
    this.#log.error({ worker: slot, reason }, "a worker has ended, and is started anew");
    setTimeout(() => {
      if (this.#status !== "ok") return;
      this.#fork(slot).catch((error: Error) => {
        this.#log.error({ worker: slot, reason: error.message }, "a worker cannot be started");
      });
    }, RESTART_DELAY_MS);
  }

  async #relays(): Promise<RelaysReply> {
    const replies = await Promise.all([...this.#workers.values()].map((worker) => this.#ask(worker)));
    return {
      relays: replies.flatMap(({ relays }) => relays),
      proxiedSessions: replies.reduce((sum, { proxiedSessions }) => sum + proxiedSessions, 0),
    };
  }

  #ask(worker: Worker): Promise<RelaysReply> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      const done = (reply: RelaysReply): void => {
        clearTimeout(timer);
        this.#answers.delete(request);
        resolve(reply);
      };
      const timer = setTimeout(() => done({ relays: [], proxiedSessions: 0 }), ANSWER_MS);
      this.#answers.set(request, done);
      send(worker, { kind: "relays", request });
    });
  }
}

/** A worker that is ending does not hear it, which is all right. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
