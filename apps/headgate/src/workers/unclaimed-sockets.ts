import type { Worker } from "node:cluster";

interface Handle {
  close(): void;
}

/** A message of node:cluster to a worker. One with a connection has the key of the listener that accepted it. */
interface ClusterMessage {
  readonly cmd?: string;
  readonly act?: string;
  readonly key?: string;
}

/**
 * Closes connections that a worker was given and had not taken when it exited. node:cluster keeps them open in the primary
 * until the worker confirms them, which it never will: their peers would wait for ever.
 */
export function closeUnclaimedSockets(worker: Worker): void {
  // A listener gives out the next connection after the one before it was taken. Closing a closed handle does nothing.
  const given = new Map<string, Handle>();
  const { process: child } = worker;
  const send = child.send.bind(child) as (...args: unknown[]) => boolean;
  child.send = (...args: unknown[]): boolean => {
    const [{ cmd, act, key }, handle] = args as [ClusterMessage, Handle | undefined];
    if (cmd === "NODE_CLUSTER" && act === "newconn" && key !== undefined && handle) given.set(key, handle);
    return send(...args);
  };
  worker.once("exit", () => {
    for (const handle of given.values()) handle.close();
    given.clear();
  });
}
