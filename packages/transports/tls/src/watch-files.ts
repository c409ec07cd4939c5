import { statSync } from "node:fs";

/** Certificates change every few weeks; this is for whoever waits to see that theirs is taken. */
const INTERVAL_MS = 2_000;

/**
 * Calls `onChange` when any of the files has changed and then has been left alone for an interval: a certificate and its
 * key are not replaced at the same moment. It looks at the files instead of being told, because that also finds what
 * is changed behind symbolic links, as certbot and Kubernetes do. Returns what ends it.
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
