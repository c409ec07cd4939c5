#!/usr/bin/env node
import { commandLine } from "./command-line.ts";

// Output that cannot be written does not end the process: the reader may be gone, the disk may be full.
process.stderr.on("error", () => {});
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code !== "EPIPE") process.exitCode = 1;
});

// Without a handler, Node opens its inspector.
process.on("SIGUSR1", () => {});

await commandLine().parseAsync();
