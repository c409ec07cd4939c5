import { statSync } from "node:fs";

/** Certificates change every few weeks; this is short because operators wait to see that theirs is used. Milliseconds. */
const INTERVAL_MS = 2_000;

/**
 * Calls `onChange` when any of the files has changed and then has been left alone for an interval: a certificate and its key
 * are not replaced at the same moment. It polls the files instead of being notified, because that also finds changes behind
 * symbolic links, as certbot and Kubernetes make. Returns a function that ends it.
 */
export function watchFiles(
  files: readonly string[],
  onChange: () => void,
  intervalMs: number = INTERVAL_MS,
): () => void {
  let known = stateOf(files);
  let seen = known;
  const timer = setInterval(() => {
    const state = stateOf(files);
    const isSettled = state === seen;
    seen = state;
    if (!isSettled || state === known) return;
    known = state;
    onChange();
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function stateOf(files: readonly string[]): string {
  return files.map(stampOf).join("\n");
}

function stampOf(file: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return "not to be seen";
  }
}
