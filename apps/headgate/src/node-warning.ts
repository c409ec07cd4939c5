import type { Logger } from "pino";

/** Older releases of Node get no security fixes any more. */
const OLDEST_MAINTAINED = 22;

/** Warns at the start about a Node on which Headgate works, but which nobody mends any more. */
export function warnOfNode(version: string, log: Logger): void {
  if (Number.parseInt(version, 10) >= OLDEST_MAINTAINED) return;
  log.warn(
    `Node ${version} gets no security fixes any more: run Headgate with Node 24, which also takes less processor time`,
  );
}
