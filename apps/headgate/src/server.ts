import {
  Audiences,
  apiFeature,
  LocalView,
  type LogTail,
  Quality,
  qualityFeature,
  type ServerControl,
  ServerQuality,
  type ServerView,
} from "@headgate/api";
import { send } from "@headgate/direct-io";
import type { Feature } from "@headgate/feature";
import { createGateway, type Gateway } from "@headgate/gateway";
import { type HealthStatus, HttpServer } from "@headgate/http-server";
import { Bans, LocalSlots } from "@headgate/limits";
import type { Relays } from "@headgate/relay";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { apiOptions } from "./api-options.ts";
import type { BoundListener } from "./bind-listener.ts";
import { bindProblem } from "./bind-problem.ts";
import { BoundListeners } from "./bound-listeners.ts";
import type { AdminOptions } from "./config/config.ts";
import type { Config } from "./config/load-config.ts";
import { consoleRoutes } from "./console-routes.ts";
import { createAccess } from "./create-access.ts";
import { createAcme } from "./create-acme.ts";
import { createAdmin } from "./create-admin.ts";
import { createHooks } from "./create-hooks.ts";
import { createHttpFlv } from "./create-http-flv.ts";
import { createLimits } from "./create-limits.ts";
import { createPlaylists } from "./create-playlists.ts";
import { createRecording, createRecordings } from "./create-recording.ts";
import { createRelays } from "./create-relays.ts";
import { createTunnels } from "./create-tunnels.ts";
import { featuresOf } from "./features.ts";
import { keepBans } from "./keep-bans.ts";
import type { LogOutput } from "./log-output.ts";
import { createRegistry, metricsRoutes } from "./metrics.ts";
import { type Preparation, ServerConfig } from "./server-config.ts";
import { TlsServers } from "./tls-servers.ts";
import { RelaySpans } from "./tracing/relay-spans.ts";
import { SessionSpans } from "./tracing/session-spans.ts";
import { findTracer } from "./tracing/tracer.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** A gateway with its listeners. */
export interface Server {
  readonly gateway: Gateway;
  readonly relays: Relays;
  readonly registry: Registry;
  /** What can be seen of it and done to it. */
  readonly view: ServerView;
  readonly listeners: readonly BoundListener[];
  /** Gets ready for another configuration; nothing changes before its commit. Keys of the class `restart` must be as before. */
  prepare(next: Config): Promise<Preparation>;
  /** Takes no more clients, and hands over those that are there. Resolves when none is left, or the time is over. */
  drain(): Promise<void>;
  /** Accepts no more clients, ends the connected ones, and closes; never rejects. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly output: Pick<LogOutput, "droppedLines">;
  /** The newest lines of `log`. */
  readonly tail: LogTail;
  readonly hasDemo: boolean;
  /** Undefined where operators ask another process, or the server belongs to a program. */
  readonly control?: ServerControl;
  /** Set in one of several workers. The primary has the admin server then. */
  readonly worker?: WorkerLink;
  /** The program in whose process it runs, if that is another one: the last to be asked. */
  readonly plugin?: Feature;
}

/** All addresses on which the server could not listen; nothing was started. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Listens on all configured addresses, or on none: then it rejects with a StartError. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { config, log, output, tail, hasDemo, control, worker, plugin } = options;
  let status: HealthStatus = "starting";
  const inForce = new ServerConfig(config);
  const timeouts = () => inForce.config.gateway.timeouts;
  const { gateway, driverContext } = createGateway(config.gateway, log, worker?.serverId);
  const { faults } = gateway;
  const acme = createAcme(config.listeners, log, faults);
  const tls = new TlsServers({ handshakeMs: () => timeouts().handshakeMs, acme, log, faults });
  const tracer = findTracer();
  const sessionSpans = tracer && new SessionSpans(tracer, driverContext.now);
  const relaySpans = tracer && new RelaySpans(tracer);
  const relays = createRelays(inForce, gateway, driverContext, log, worker, relaySpans);
  const tunnels = createTunnels(inForce, gateway, driverContext, worker);
  const audiences = new Audiences(gateway, driverContext.now);
  const quality = new Quality(gateway, driverContext);
  const serverQuality = new ServerQuality(gateway, driverContext.now);
  const recordings = createRecordings(config, gateway, driverContext, log, worker);
  const directSend = config.directSend ? send : undefined;
  const view = new LocalView({
    gateway,
    audiences,
    quality,
    serverQuality,
    log: tail,
    features: () => features.map(({ name }) => name),
    listeners: () => listeners.all,
    expiries: () => tls.expiries,
    tunnels,
    record: (stream, what) => recordings[what](stream),
    now: driverContext.now,
  });
  const shared = worker ?? { slots: new LocalSlots(), bans: new Bans() };
  const banFile = worker ? undefined : keepBans(config, shared.bans, { log, faults });
  const features = featuresOf({
    gateway,
    access: createAccess(config, log, worker),
    limits: createLimits(config, gateway, driverContext, shared),
    hooks: createHooks(config, gateway, driverContext, log, sessionSpans),
    spans: sessionSpans,
    relays,
    recording: createRecording(recordings),
    playlists: createPlaylists(config, gateway, driverContext, log, worker),
    httpFlv: createHttpFlv(config, gateway, log),
    tls,
    acme,
    output,
    api: apiFeature(
      { gateway, audiences, streamMetrics: config.admin.streamMetrics },
      apiOptions(inForce, gateway, { view, bans: shared.bans, control }),
    ),
    quality: qualityFeature(quality, serverQuality, driverContext.sweep),
    sweep: driverContext.sweep,
    status: () => status,
    hasDemo,
    worker,
    plugin,
    http: () => http,
  });
  addToGateway(features, gateway);
  const registry = createRegistry(features.flatMap(({ metrics }) => metrics ?? []));
  const http = new HttpServer({
    tunnels,
    routes: features.flatMap(({ routes }) => routes?.media ?? []),
    streams: features.flatMap(({ routes }) => routes?.streams ?? []),
    webServer: config.http.webServer,
    arrivals: driverContext.turns.arrivals,
    send: directSend,
    faults,
    log,
  });
  const listeners = new BoundListeners({ gateway, http, timeouts, send: directSend, log });
  const admin = createAdmin(inForce, {
    log,
    routes: [
      ...features.flatMap(({ routes }) => routes?.admin ?? []),
      metricsRoutes(registry),
      consoleRoutes(),
    ],
    arrivals: driverContext.turns.arrivals,
    faults,
  });
  await http.ready();
  for (const feature of features) await feature.start?.();
  const preparing = inForce.prepare({ tls, listeners, gateway, features, log });
  const [adminProblem, first] = await Promise.all([
    worker ? undefined : bindAdmin(admin, config.admin),
    preparing(config),
  ]);

  const drain = (): Promise<void> => {
    status = "draining";
    return gateway.drain();
  };
  const close = async (): Promise<void> => {
    status = "draining";
    const closing = listeners.close();
    for (const feature of features) feature.ending?.();
    await gateway.close();
    const httpClosed = http.close();
    // The last first: hooks hear of the recordings that end now.
    for (const feature of features.toReversed()) await feature.close?.();
    await Promise.all([closing, httpClosed]);
    await admin.close();
    await banFile?.settled();
  };
  const problems = [...(adminProblem ? [adminProblem] : []), ...first.problems];
  if (problems.length > 0) {
    await first.abandon();
    await close();
    throw new StartError(problems);
  }
  await first.commit();
  status = "ok";
  return {
    gateway,
    relays,
    registry,
    view,
    get listeners() {
      return listeners.all;
    },
    prepare: preparing,
    drain,
    close,
  };
}

function addToGateway(features: readonly Feature<Config>[], gateway: Gateway): void {
  for (const { policies = [], observer, sessionObserver, recordingObserver, source } of features) {
    for (const policy of policies) gateway.addPolicy(policy);
    if (observer) gateway.observe(observer);
    if (sessionObserver) gateway.observeSessions(sessionObserver);
    if (recordingObserver) gateway.recordings.add(recordingObserver);
    if (source) gateway.addPlaySource(source);
  }
}

async function bindAdmin(admin: FastifyInstance, { host, port }: AdminOptions): Promise<string | undefined> {
  try {
    await admin.listen({ host, port });
    return undefined;
  } catch (error) {
    return bindProblem({ host, port, key: "admin", variable: "HEADGATE_ADMIN" }, error as Error);
  }
}
