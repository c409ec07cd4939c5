import { isIPv6 } from "node:net";
import type { AdminOptions, ListenerOptions } from "./config/config.ts";

interface NamedAddress {
  /** As in the file: `listeners[0]`, `admin`. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** Addresses on which one process cannot listen twice, the admin server's included. */
export function sharedPorts(
  listeners: readonly ListenerOptions[],
  { host, port }: Pick<AdminOptions, "host" | "port">,
): readonly string[] {
  // One that has another port to fall back to gives way.
  const fixed = listeners.flatMap((listener, index) =>
    listener.fallbackPort === undefined ? [{ ...listener, key: `listeners[${index}]` }] : [],
  );
  const addresses: readonly NamedAddress[] = [...fixed, { key: "admin", host, port }];
  return addresses.flatMap((address, index) => {
    const first = addresses.slice(0, index).find((other) => overlap(address, other));
    return first ? [`${address.key}.port: ${address.port} is the port of ${first.key} as well`] : [];
  });
}

function overlap(one: NamedAddress, other: NamedAddress): boolean {
  return one.port === other.port && (one.host === other.host || covers(one, other) || covers(other, one));
}

/** `::` is every address, IPv4 included. */
function covers({ host }: NamedAddress, other: NamedAddress): boolean {
  return host === "::" || (host === "0.0.0.0" && !isIPv6(other.host));
}
