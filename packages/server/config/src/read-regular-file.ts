import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/**
 * Reads a file that somebody has put in a place that is configured, and never waits or reads for ever: a pipe has no end until
 * somebody writes to it, and some devices have none. Throws the system's error, or one that says in words what the file is.
 */
export function readRegularFile(name: string, maxBytes: number): Buffer {
  // Opening a pipe without a writer would block.
  const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) throw new Error("it is a folder");
    if (!stats.isFile()) throw new Error("it is not a regular file");
    if (stats.size > maxBytes) throw new Error(`it is larger than ${maxBytes / 1024 / 1024} MiB`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
