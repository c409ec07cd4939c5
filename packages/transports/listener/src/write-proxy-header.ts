import { isIP, SocketAddress } from "node:net";

interface Endpoint {
  readonly remoteAddress: string;
  readonly remotePort: number;
}

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const VERSION_2_PROXY = 0x21;
const VERSION_2_LOCAL = 0x20;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

/**
 * A header that names the client (PROXY protocol §2.2); without valid addresses it says that the connection is the proxy's own.
 */
export function proxyHeader(source: Endpoint, destination: Endpoint): Uint8Array {
  if (isIP(source.remoteAddress) === 0)
    return Buffer.concat([SIGNATURE, Uint8Array.of(VERSION_2_LOCAL, 0, 0, 0)]);
  const isIpv6 = isIP(source.remoteAddress) === 6;
  const addresses = [source, destination].map(({ remoteAddress }) => bytesOf(remoteAddress, isIpv6));
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.remotePort, 0);
  ports.writeUInt16BE(destination.remotePort, 2);
  const body = Buffer.concat([...addresses, ports]);
  const head = Uint8Array.of(VERSION_2_PROXY, isIpv6 ? TCP_OVER_IPV6 : TCP_OVER_IPV4, 0, body.length);
  return Buffer.concat([SIGNATURE, head, body]);
}

/** A destination that was dialled by its name, or is of the other family, is unspecified. */
function bytesOf(address: string, isIpv6: boolean): Uint8Array {
  if (isIP(address) !== (isIpv6 ? 6 : 4)) return new Uint8Array(isIpv6 ? 16 : 4);
  return isIpv6 ? ipv6Bytes(address) : Uint8Array.from(address.split(".").map(Number));
}

function ipv6Bytes(address: string): Uint8Array {
  const { address: spelled } = new SocketAddress({ address, family: "ipv6" });
  const [head = "", tail] = spelled.replace(/%.*$/, "").split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >>> 8, group & 0xff]));
}

/** A dotted IPv4 end counts as two groups (RFC 4291 §2.2). */
function groupsOf(text: string): number[] {
  return text
    .split(":")
    .filter((group) => group !== "")
    .flatMap((group) => {
      if (!group.includes(".")) return [Number.parseInt(group, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
      return [(a << 8) | b, (c << 8) | d];
    });
}
