import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below the ports that systems give to outgoing connections (32,768 and up on Linux), so that none of those takes a port
 * between the moment it is found free and the moment its server listens.
 */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_767;

/** Processes that look at the same time begin at different places. */
let next = randomInt(FIRST_PORT, LAST_PORT + 1);

/** A TCP port on which nothing listens. No two calls of a process give the same until all ports have had their turn. */
export async function freePort(): Promise<number> {
  for (let tried = FIRST_PORT; tried <= LAST_PORT; tried += 1) {
    const port = next;
    next = port === LAST_PORT ? FIRST_PORT : port + 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port between ${FIRST_PORT} and ${LAST_PORT} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
