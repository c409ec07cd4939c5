import { Gateway } from "@headgate/gateway";
import { listenTcp } from "@headgate/transport-tcp";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createAdminServer } from "./admin-server.ts";
import { bindProblem } from "./bind-problem.ts";
import type { Config } from "./config/load-config.ts";
import type { AdminOptions, ListenerOptions } from "./config/schema.ts";
import type { HealthStatus } from "./health.ts";

/** A gateway that can be reached. */
export interface Server {
  readonly gateway: Gateway;
  /** Takes no more clients, tells those there are, and ends; never rejects. */
  close(): Promise<void>;
}

/** Everything that could not be listened on; nothing was started. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Listens on everything that is configured, or on nothing: then it rejects with a StartError. */
export async function startServer(config: Config, log: Logger): Promise<Server> {
  let status: HealthStatus = "starting";
  const gateway = new Gateway(config.gateway, log);
  const admin = createAdminServer({ status: () => status });
  const bindings = [
    bindAdmin(admin, config.admin),
    ...config.listeners.map((listener, index) => bindListener(gateway, listener, index)),
  ];
  const outcomes = await Promise.all(bindings);
  const listeners = outcomes.filter((outcome) => typeof outcome !== "string");
  const problems = outcomes.filter((outcome) => typeof outcome === "string");

  const close = async (): Promise<void> => {
    status = "draining";
    const closing = listeners.map((listener) => listener.close());
    await gateway.close();
    await Promise.all(closing);
    await admin.close();
  };
  if (problems.length > 0) {
    await close();
    throw new StartError(problems);
  }
  status = "ok";
  return { gateway, close };
}

interface Closable {
  close(): Promise<unknown>;
}

/** What listens now, or why nothing does. */
type Binding = Closable | string;

async function bindAdmin(admin: FastifyInstance, { host, port }: AdminOptions): Promise<Binding> {
  try {
    await admin.listen({ host, port });
    return NOTHING_MORE;
  } catch (error) {
    return bindProblem({ host, port, key: "admin", variable: "HEADGATE_ADMIN" }, error as Error);
  }
}

async function bindListener(
  gateway: Gateway,
  { host, port }: ListenerOptions,
  index: number,
): Promise<Binding> {
  const listen = (address: string): Promise<Closable> =>
    listenTcp({ host: address, port, onLink: (link) => gateway.accept(link) });
  try {
    return await listen(host).catch((error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no `::`, which stands for every address.
      if (host === "::" && NO_IPV6.has(error.code)) return listen("0.0.0.0");
      throw error;
    });
  } catch (error) {
    const address = { host, port, key: `listeners[${index}]`, variable: `HEADGATE_LISTENERS_${index}` };
    return bindProblem(address, error as Error);
  }
}

const NO_IPV6: ReadonlySet<string | undefined> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

/** The admin server is closed last, on its own. */
const NOTHING_MORE: Closable = { close: async () => {} };
