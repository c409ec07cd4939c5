/**
 * The key by which peers are counted per address: one site has one IPv4 address, but at least a /64 of IPv6 (RFC 6177), of
 * which each of its hosts may use any address. IPv4 inside IPv6 counts as IPv4. A zone belongs to the key: `fe80::/64` of two
 * interfaces are two networks. Text that is not an address is its own key.
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const [bare = "", zone] = address.split("%");
  const groups = ipv6Groups(bare);
  if (!groups) return address;
  if (isIpv4Mapped(groups)) return dotted(groups);
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(":")}::/64${zone === undefined ? "" : `%${zone}`}`;
}

/** All eight; undefined if the text is not an IPv6 address (RFC 4291 §2.2). */
function ipv6Groups(text: string): readonly number[] | undefined {
  const halves = text.replace(DOTTED_END, asTwoGroups).split("::");
  const [left = [], right = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - left.length - right.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  if (![...left, ...right].every((group) => GROUP.test(group))) return undefined;
  const zeros = new Array<string>(missing).fill("0");
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

const GROUP = /^[\da-f]{1,4}$/i;
const DOTTED_END = /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function asTwoGroups(_: string, ...bytes: string[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** RFC 4291 §2.5.5.2. */
function isIpv4Mapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

function dotted(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6);
  return [high >>> 8, high & 255, low >>> 8, low & 255].join(".");
}
