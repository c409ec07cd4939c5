import { isIPv6 } from "node:net";
import type { Mistake } from "@headgate/config";
import type { FileOptions } from "./config.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

interface NamedAddress extends Address {
  readonly name: string;
  /** Where it is in the file. */
  readonly path: readonly string[];
}

/** Addresses on which one process cannot listen twice, the admin server's included. */
export function sharedPorts({
  listeners,
  admin,
}: Pick<FileOptions, "listeners" | "admin">): readonly Mistake[] {
  const addresses: readonly NamedAddress[] = [
    // One that has another port to fall back to gives way.
    ...listeners.flatMap(({ host, port, fallbackPort }, index) =>
      fallbackPort === undefined
        ? [{ host, port, name: `listener ${index}`, path: ["listeners", String(index)] }]
        : [],
    ),
    { host: admin.host, port: admin.port, name: "the admin server", path: ["admin"] },
  ];
  return addresses.flatMap((address, index) => {
    const first = addresses.slice(0, index).find((other) => overlap(address, other));
    if (!first) return [];
    const sentence = `must be another port than ${address.port}, which ${first.name} has on the same address`;
    return [{ path: [...address.path, "port"], sentence }];
  });
}

function overlap(one: Address, other: Address): boolean {
  if (one.port !== other.port) return false;
  const [host, otherHost] = [addressOf(one.host), addressOf(other.host)];
  return host === otherHost || covers(one, other) || covers(other, one);
}

/** Where the name stands in every hosts file. */
function addressOf(host: string): string {
  return host === "localhost" ? "127.0.0.1" : host;
}

/** `::` is every address, IPv4 included. */
function covers({ host }: Address, other: Address): boolean {
  return host === "::" || (host === "0.0.0.0" && !isIPv6(other.host));
}
