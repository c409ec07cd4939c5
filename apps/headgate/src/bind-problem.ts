import cluster from "node:cluster";
import { findPortOwner, type PortOwner } from "./port-owner.ts";

/** An address to listen on, and where it is configured. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** As in the file: `listeners[0]`, `admin`. */
  readonly key: string;
  /** The same as a variable: `HEADGATE_LISTENERS_0`. */
  readonly variable: string;
}

/** Why the server cannot listen there, and what to do about it. */
export function bindProblem(address: Address, error: NodeJS.ErrnoException): string {
  const [reason, remedy] = explain(address, error);
  return `cannot listen on port ${address.port} (${address.key}): ${reason}\n  ${remedy}`;
}

function explain(address: Address, error: NodeJS.ErrnoException): readonly [reason: string, remedy: string] {
  const { host, port, key } = address;
  switch (error.code) {
    case "EADDRINUSE":
      return portTaken(address, findPortOwner(port));
    case "EACCES":
      return [
        "this user may not listen on ports below 1024.",
        `On Linux allow it with: sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}\n  Or choose ${otherPort(address, port + 8000)}`,
      ];
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return [
        `${host} is not an address of this machine.`,
        `Correct ${key}.host, or leave it out for the default.`,
      ];
    default:
      return [`${error.message}.`, `Choose ${otherPort(address, port + 1)}`];
  }
}

function portTaken(
  address: Address,
  owner: PortOwner | undefined,
): readonly [reason: string, remedy: string] {
  const other = otherPort(address, address.port + 1);
  if (owner === undefined) {
    return ["another process uses it.", `Stop that process, or choose ${other}`];
  }
  // As a worker, whose primary has the ports.
  if (owner.pid === process.pid || (cluster.isWorker && owner.pid === process.ppid)) {
    return ["Headgate itself uses it: the configuration names the port twice.", `Choose ${other}`];
  }
  const { command, pid } = owner;
  return [`${command} (process ${pid}) uses it.`, `Stop it (kill ${pid}), or choose ${other}`];
}

function otherPort({ key, variable }: Address, example: number): string {
  return `another port: set ${key}.port, or start with ${variable}_PORT=${example}`;
}
