import type { Feature } from "@headgate/feature";
import { createGateway, type Gateway } from "@headgate/gateway";
import { createAdminServer, type HealthStatus, HttpServer } from "@headgate/http-server";
import type { Relays } from "@headgate/relay";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { type BoundListener, bindListener } from "./bind-listener.ts";
import { bindProblem } from "./bind-problem.ts";
import type { AdminOptions } from "./config/config.ts";
import type { Config } from "./config/load-config.ts";
import { createRelays } from "./create-relays.ts";
import { createTunnels } from "./create-tunnels.ts";
import { featuresOf } from "./features.ts";
import type { LogOutput } from "./log-output.ts";
import { createRegistry, metricsRoutes } from "./metrics.ts";
import { TlsServers } from "./tls-servers.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** A gateway with its listeners. */
export interface Server {
  readonly gateway: Gateway;
  readonly relays: Relays;
  readonly registry: Registry;
  readonly listeners: readonly BoundListener[];
  /** Reads the certificates again. This also happens when their files change. */
  reloadCertificates(): void;
  /** Accepts no more clients, ends the connected ones, and closes; never rejects. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly output: Pick<LogOutput, "droppedLines">;
  readonly hasDemo: boolean;
  /** Set in one of several workers. The primary has the admin server then. */
  readonly worker?: WorkerLink;
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
export async function startServer({ config, log, output, hasDemo, worker }: ServerOptions): Promise<Server> {
  let status: HealthStatus = "starting";
  const { timeouts } = config.gateway;
  const { gateway, driverContext } = createGateway(config.gateway, log, worker?.serverId);
  const { faults } = gateway;
  const tls = new TlsServers(config.listeners, timeouts.handshakeMs, log, faults);
  const relays = createRelays(config, gateway, driverContext, log, worker);
  const features = featuresOf({
    gateway,
    relays,
    tls,
    output,
    status: () => status,
    hasDemo,
    worker,
    http: () => http,
  });
  addToGateway(features, gateway);
  const registry = createRegistry(features.flatMap(({ metrics }) => metrics ?? []));
  const http = new HttpServer({
    tunnels: createTunnels(config, gateway, driverContext, worker),
    routes: features.flatMap(({ routes }) => routes?.media ?? []),
    webServer: config.http.webServer,
    arrivals: driverContext.turns.arrivals,
    faults,
    log,
  });
  const admin = createAdminServer({
    names: [config.admin.host, ...config.admin.hosts],
    routes: [...features.flatMap(({ routes }) => routes?.admin ?? []), metricsRoutes(registry)],
    faults,
  });
  await http.ready();
  for (const feature of features) await feature.start?.();
  const context = { gateway, http, timeouts, log };
  const outcomes = await Promise.all([
    worker ? undefined : bindAdmin(admin, config.admin),
    ...config.listeners.map((listener, index) => bindListener(context, listener, index, tls.of(listener))),
  ]);
  const bindings = outcomes.filter((outcome) => typeof outcome === "object");
  const problems = [...tls.problems, ...outcomes.filter((outcome) => typeof outcome === "string")];

  const close = async (): Promise<void> => {
    status = "draining";
    const closing = bindings.map((binding) => binding.close());
    for (const feature of features) feature.drain?.();
    await gateway.close();
    const httpClosed = http.close();
    for (const feature of features) feature.close?.();
    await Promise.all([...closing, httpClosed]);
    await admin.close();
  };
  if (problems.length > 0) {
    await close();
    throw new StartError(problems);
  }
  status = "ok";
  const listeners = bindings.map(({ bound }) => bound);
  return { gateway, relays, registry, listeners, reloadCertificates: () => tls.reload(), close };
}

function addToGateway(features: readonly Feature[], gateway: Gateway): void {
  for (const { policies = [], observer } of features) {
    for (const policy of policies) gateway.addPolicy(policy);
    if (observer) gateway.observe(observer);
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
