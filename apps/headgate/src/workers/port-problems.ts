import { once } from "node:events";
import { createServer } from "node:net";
import { bindProblem } from "../bind-problem.ts";
import { addressOf } from "../bound-listeners.ts";
import type { ListenerOptions } from "../config/config.ts";

/** A machine without IPv6 has no `::`. The workers then take every address of IPv4. */
const NO_IPV6: ReadonlySet<string | undefined> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

/**
 * Why new listeners cannot have their ports. The primary tries them, because node:cluster counts what a worker has failed to listen
 * on, and would not share such a port later with a worker that has not failed.
 */
export async function portProblems(
  before: readonly ListenerOptions[],
  next: readonly ListenerOptions[],
): Promise<readonly string[]> {
  const known = new Set(before.map(addressOf));
  const outcomes = next.map((listener, index) =>
    known.has(addressOf(listener)) || listener.fallbackPort !== undefined
      ? undefined
      : problemOf(listener, index),
  );
  return (await Promise.all(outcomes)).filter((problem) => problem !== undefined);
}

async function problemOf({ host, port }: ListenerOptions, index: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    if (host === "::" && NO_IPV6.has((error as NodeJS.ErrnoException).code)) return undefined;
    const address = { host, port, key: `listeners[${index}]`, variable: `HEADGATE_LISTENERS_${index}` };
    return bindProblem(address, error as Error);
  } finally {
    server.close();
  }
}
