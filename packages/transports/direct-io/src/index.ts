import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Hands bytes to a socket of the system, and returns how many it has taken: none if it takes none now, or if the connection is
 * broken. Nothing else may be waiting to be written.
 */
export type Send = (descriptor: number, bytes: Uint8Array) => number;

/**
 * Fills the bytes from a position of a file on, and returns how many it has got. It never waits for the disk: what the system does not
 * have in memory is missing, and what follows it. None if the file cannot be read.
 */
export type ReadCached = (descriptor: number, bytes: Uint8Array, position: number) => number;

interface Addon {
  readonly send?: Send;
  /** Where the system has `preadv2` with `RWF_NOWAIT`. */
  readonly readCached?: ReadCached;
}

const addon: Addon = load();

/** Undefined where it is not built: there is no C compiler, or the system is not one it is made for. */
export const send: Send | undefined = addon.send;

/** Likewise. */
export const readCached: ReadCached | undefined = addon.readCached;

function load(): Addon {
  try {
    const path = fileURLToPath(new URL("../dist/direct-io.node", import.meta.url));
    return createRequire(import.meta.url)(path);
  } catch {
    return {};
  }
}
