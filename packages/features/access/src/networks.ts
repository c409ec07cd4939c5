import type { BlockList } from "node:net";
import { includes, isNetwork, networkList } from "@headgate/listener";

/** What words stand for. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  all: ["0.0.0.0/0", "::/0"],
  loopback: ["127.0.0.0/8", "::1"],
  // RFC 1918, link-local (RFC 3927, RFC 4291 §2.5.6) and unique local addresses (RFC 4193). Not 100.64.0.0/10: carriers put
  // customers there who do not know each other.
  private: [
    ...["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"],
    ...["::1", "fc00::/7", "fe80::/10"],
  ],
};

/** IPv4 addresses as IPv6 sees them. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/i;
const MAPPED_BITS = 96;

/** A set of addresses, as it is written in a configuration. */
export class Networks {
  static readonly NONE: Networks = new Networks([]);
  static readonly ALL: Networks = new Networks(["all"]);
  static readonly PRIVATE: Networks = new Networks(["private"]);

  readonly written: readonly string[];
  readonly #list: BlockList;

  /** Each entry is one that `isNetworkEntry` accepts. */
  constructor(written: readonly string[]) {
    this.written = written;
    this.#list = networkList(written.flatMap((entry) => WORDS[entry] ?? unmapped(entry)));
  }

  get isEmpty(): boolean {
    return this.written.length === 0;
  }

  has(address: string): boolean {
    return includes(this.#list, address);
  }

  toJSON(): readonly string[] {
    return this.written;
  }
}

/** An address, a network, or a word. */
export function isNetworkEntry(text: string): boolean {
  return Object.hasOwn(WORDS, text) || isNetwork(unmapped(text));
}

function unmapped(network: string): string {
  const [, address, bits] = MAPPED.exec(network) ?? [];
  if (address === undefined) return network;
  if (bits === undefined) return address;
  return Number(bits) >= MAPPED_BITS ? `${address}/${Number(bits) - MAPPED_BITS}` : network;
}
