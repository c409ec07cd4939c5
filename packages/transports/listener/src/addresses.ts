import { BlockList, isIP, SocketAddress } from "node:net";

/** Whether this is an address, or a network as 10.0.0.0/8 or fd00::/8. */
export function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** All addresses of these networks. */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

export function includes(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

/**
 * One spelling for each address. A zone, as in `fe80::1%eth0`, stays: without it the address names no machine. IPv4 has none,
 * however it is written.
 */
export function canonicalAddress(address: string): string {
  const unmapped = address.replace(IPV4_MAPPED, "");
  // Of an IPv4 address there is only one spelling, and nearly all peers have one.
  if (isIP(unmapped) === 4) return unmapped;
  const [bare = "", zone] = address.split("%");
  const spelled = new SocketAddress({ address: bare, family: "ipv6" }).address.replace(IPV4_MAPPED, "");
  return zone === undefined || isIP(spelled) === 4 ? spelled : `${spelled}%${zone}`;
}

/** How an IPv4 peer looks to a socket that listens for IPv6 too (RFC 4291 §2.5.5.2). */
const IPV4_MAPPED = /^::ffff:(?=\d+\.)/;

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
