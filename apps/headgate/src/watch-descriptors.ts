import { closeSync, openSync } from "node:fs";
import type { Logger } from "pino";

/** libuv silently closes connections that it cannot accept. Opening a file to find out costs some microseconds. */
const INTERVAL_MS = 1_000;

const REPEAT_MS = 10_000;

/**
 * Logs, at most every 10 seconds, that the process or the system has no file descriptor left, and once when there are some
 * again. Returns a function that ends it.
 */
export function watchDescriptors(
  log: Logger,
  openFiles: number,
  probe: () => string | undefined = lack,
): () => void {
  let saidMs: number | undefined;
  const timer = setInterval(() => {
    const code = probe();
    const nowMs = performance.now();
    if (code !== undefined && (saidMs === undefined || nowMs - saidMs >= REPEAT_MS)) {
      saidMs = nowMs;
      log.error({ code, openFiles }, "no file descriptor is left: new connections are closed");
    } else if (code === undefined && saidMs !== undefined && nowMs - saidMs >= REPEAT_MS) {
      saidMs = undefined;
      log.info("file descriptors are available again");
    }
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** EMFILE or ENFILE if no file can be opened for lack of a descriptor. */
function lack(): string | undefined {
  try {
    closeSync(openSync("/dev/null", "r"));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EMFILE" || code === "ENFILE" ? code : undefined;
  }
}
