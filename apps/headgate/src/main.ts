#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

// Without a handler, Node opens its inspector: this comes before anything is loaded that takes time.
process.on("SIGUSR1", () => {});

// Otherwise the heap grows to three times of what lives in it before the first collection: 30 MB more for nothing.
setFlagsFromString("--heap-growing-percent=50");

// Output that cannot be written does not end the process: the reader may be gone, the disk may be full.
process.stderr.on("error", () => {});
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code !== "EPIPE") process.exitCode = 1;
});

const { commandLine } = await import("./command-line.ts");
await commandLine().parseAsync();
