import { createServer } from "node:net";
import type { Config } from "./config/load-config.ts";

/** Hosts to listen on that are no addresses of this machine, found by listening on a port that is free. */
export async function unusableHosts({ listeners, admin }: Config): Promise<readonly string[]> {
  const named = [
    ...listeners.map(({ host }, index) => ({ key: `listeners[${index}].host`, host })),
    { key: "admin.host", host: admin.host },
  ];
  const outcomes = await Promise.all(
    named.map(async ({ key, host }) =>
      EVERY_ADDRESS.has(host) || (await canListen(host))
        ? []
        : [`${key}: ${host} is not an address of this machine`],
    ),
  );
  return outcomes.flat();
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(["::", "0.0.0.0"]);

async function canListen(host: string): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port: 0 }, resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
