import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** The host for a URL to a listener: one that other machines can reach, if there is one. */
export function reachableHost(listenHost: string, interfaces: Interfaces = networkInterfaces()): string {
  if (listenHost === "127.0.0.1" || listenHost === "::1") return "localhost";
  if (listenHost !== "::" && listenHost !== "0.0.0.0") return hostInUrl(listenHost);
  return lanAddress(interfaces) ?? "localhost";
}

/** An IPv6 address needs brackets in a URL (RFC 3986 §3.2.2). */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** IPv4, because every encoder accepts it. */
function lanAddress(interfaces: Interfaces): string | undefined {
  return Object.entries(interfaces)
    .filter(([name]) => !isVirtual(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .find(
      ({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."),
    )?.address;
}

/** Bridges for containers and virtual machines, which other machines cannot reach. */
function isVirtual(name: string): boolean {
  return /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|lxcbr|podman)/.test(name);
}
