import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { WatchdogData } from "./watchdog.ts";

/** An input takes milliseconds, but minimising a failed one takes longer. */
const LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

const { state, seed, names } = workerData as WatchdogData;
const running = new Float64Array(state);
let seen = "";
let sinceMs = performance.now();

setInterval(() => {
  const [target = 0, index = 0] = running;
  const now = `${names[target]}, input ${index}`;
  if (now !== seen) {
    seen = now;
    sinceMs = performance.now();
  } else if (performance.now() - sinceMs > LIMIT_MS) {
    // The main thread is busy and would never write this.
    writeSync(1, `\nFAILED: ${now} of seed ${seed} has not ended after ${LIMIT_MS / 1000} s\n`);
    process.kill(process.pid, "SIGKILL");
  }
}, LOOK_EVERY_MS);
