import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Hands bytes to a socket of the system, and returns how many it has taken: none if it takes none now, or if the connection is
 * broken. Nothing else may be waiting to be written.
 */
export type Send = (descriptor: number, bytes: Uint8Array) => number;

/** Undefined where it is not built: there is no C compiler, or the system is not one it is made for. */
export const send: Send | undefined = load();

function load(): Send | undefined {
  try {
    const addon = fileURLToPath(new URL("../dist/direct-send.node", import.meta.url));
    return createRequire(import.meta.url)(addon).send;
  } catch {
    return undefined;
  }
}
