import { randomBytes } from "node:crypto";
import { Applications } from "@headgate/bus";
import { createDial } from "@headgate/client";
import { Gateway } from "@headgate/gateway";
import { TunnelServer } from "@headgate/http";
import { Relays } from "@headgate/relay";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { createAdminServer } from "./admin-server.ts";
import { type BoundListener, bindListener } from "./bind-listener.ts";
import { bindProblem } from "./bind-problem.ts";
import type { AdminOptions } from "./config/config.ts";
import type { Config } from "./config/load-config.ts";
import type { HealthStatus } from "./health.ts";
import { createRegistry, measureCertificates } from "./metrics.ts";
import { createPublicServer } from "./public-server.ts";
import { TlsServers } from "./tls-servers.ts";
import { VERSION } from "./version.ts";
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

/** All addresses on which the server could not listen; nothing was started. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/**
 * Listens on all configured addresses, or on none: then it rejects with a StartError. As one of several workers it leaves the
 * admin server to the primary.
 */
export async function startServer(config: Config, log: Logger, worker?: WorkerLink): Promise<Server> {
  let status: HealthStatus = "starting";
  const { timeouts } = config.gateway;
  const gateway = new Gateway(config.gateway, log, worker?.serverId);
  const { faults } = gateway;
  const tls = new TlsServers(config.listeners, timeouts.handshakeMs, log, faults);
  const relays = createRelays(config, gateway, log, worker);
  const registry = createRegistry(gateway);
  measureCertificates(registry, () => tls.expiries);
  for (const policy of relays.policies) gateway.addPolicy(policy);
  gateway.observe(relays);
  const admin = createAdminServer({
    names: [config.admin.host, ...config.admin.hosts],
    status: () => status,
    registry,
    relays: () => ({ relays: relays.status, proxiedSessions: relays.proxiedSessions }),
    faults,
  });
  const { webServer } = config.http;
  const publicServer = await createPublicServer({ status: () => status, webServer, faults, log });
  const tunnel = new TunnelServer({
    ...config.tunnel,
    memory: gateway.driverContext.inputMemory,
    faults,
    idKey: randomBytes(32),
    ...(worker && {
      node: worker.sessionPrefix,
      idKey: worker.idKey,
      onForeign: (request) => worker.pass(request),
    }),
    onLink: (link) => gateway.accept(link),
    onOther: (request, response, peer) => publicServer.handle(request, response, peer),
  });
  const context = { gateway, tunnel, timeouts, log };
  const outcomes = await Promise.all([
    worker ? worker.listen(gateway, tunnel).then(() => undefined) : bindAdmin(admin, config.admin),
    ...config.listeners.map((listener, index) => bindListener(context, listener, index, tls.of(listener))),
  ]);
  const bindings = outcomes.filter((outcome) => typeof outcome === "object");
  const problems = [...tls.problems, ...outcomes.filter((outcome) => typeof outcome === "string")];

  const close = async (): Promise<void> => {
    status = "draining";
    tls.close();
    const closing = bindings.map((binding) => binding.close());
    relays.close();
    await gateway.close();
    tunnel.close();
    worker?.close();
    await Promise.all(closing);
    await Promise.all([admin.close(), publicServer.close()]);
  };
  if (problems.length > 0) {
    await close();
    throw new StartError(problems);
  }
  status = "ok";
  // The workers have the same certificates: one of them logs.
  if (worker === undefined || worker.slot === 0) tls.watchExpiry();
  const listeners = bindings.map(({ bound }) => bound);
  return { gateway, relays, registry, listeners, reloadCertificates: () => tls.reload(), close };
}

function createRelays(config: Config, gateway: Gateway, log: Logger, worker: WorkerLink | undefined): Relays {
  const { outward } = config;
  const { applications, limits, timeouts, chunkSize, ackWindow } = config.gateway;
  const dial = createDial({
    caFile: outward.caFile === "" ? undefined : outward.caFile,
    insecure: outward.insecure,
    trustWords: { ca: "outward.caFile", insecure: "outward.insecure" },
    timeoutMs: timeouts.connectMs,
    environment: process.env,
  });
  const context = {
    driver: gateway.driverContext,
    dial: worker ? worker.dialWith(dial) : dial,
    log,
    flashVersion: `Headgate/${VERSION}`,
    chunkSize,
    ackWindow,
  };
  return new Relays(gateway, context, {
    applications: new Applications(applications),
    maxPullsPerOrigin: limits.maxPullsPerOrigin,
    neighbours: worker,
  });
}

async function bindAdmin(admin: FastifyInstance, { host, port }: AdminOptions): Promise<string | undefined> {
  try {
    await admin.listen({ host, port });
    return undefined;
  } catch (error) {
    return bindProblem({ host, port, key: "admin", variable: "HEADGATE_ADMIN" }, error as Error);
  }
}
