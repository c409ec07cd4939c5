import { isIP } from "node:net";
import { forwardedHops, networkList, proxyHeader, readProxyHeader, sniff } from "@headgate/listener";
import type { Random } from "@headgate/testkit";
import { check, refusalOf } from "../check.ts";
import { joined, mutate } from "../mutate.ts";
import type { Target } from "../target.ts";

const TEXT = new TextEncoder();

const BEGINNINGS: readonly Uint8Array[] = [
  ...["GET / HTTP/1.1\r\n", "POST /open/1 HTTP/1.1\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"],
  ...[
    "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n",
    "PROXY UNKNOWN\r\n",
    "\u0003\u0000\u0000",
    "\u0016\u0003\u0001",
  ],
].map((text) => TEXT.encode(text));

/** The first 12 bytes are always enough to recognise a connection. */
const MAX_UNKNOWN_BYTES = 12;

export const firstBytes: Target = {
  name: "first-bytes",
  make: (random) => mutate(random.pick(BEGINNINGS), random, [...BEGINNINGS, binaryHeader(random)]),
  run(input) {
    const whole = sniff(input);
    check(input.length < MAX_UNKNOWN_BYTES || whole !== undefined, "it is still not known");
    for (let length = 0; length <= Math.min(input.length, MAX_UNKNOWN_BYTES); length += 1) {
      const early = sniff(input.subarray(0, length));
      check(early === undefined || early === whole, `${length} bytes are ${early}, all of them ${whole}`);
    }
  },
};

export const proxyHeaders: Target = {
  name: "proxy-header",
  make: (random) => {
    const header = random.pick([
      random.pick(BEGINNINGS.slice(2, 5)),
      binaryHeader(random),
      binaryHeader(random),
    ]);
    return random.below(6) === 0 ? header : mutate(header, random, [binaryHeader(random)]);
  },
  run(input) {
    if (sniff(input) !== "proxy") return;
    let header: ReturnType<typeof readProxyHeader>;
    if (refusalOf(() => (header = readProxyHeader(input))) || !header) return;
    const { length, client } = header;
    check(length > 0 && length <= input.length, `a header of ${length} bytes in ${input.length}`);
    check(!client || isIP(client.address) !== 0, `${client?.address} is no address`);
    check(!client || (client.port >= 0 && client.port <= 65_535), `${client?.port} is no port`);
    // The answer does not depend on the bytes that follow.
    const alone = readProxyHeader(input.subarray(0, length));
    check(JSON.stringify(alone) === JSON.stringify(header), "what follows the header changes it");
  },
};

const TRUSTED = networkList(["127.0.0.0/8", "10.0.0.0/8", "::1"]);
/** The most hops, however many a header names. */
const MAX_HOPS = 16;

const HOPS = [
  ...[
    "192.0.2.1",
    "10.1.1.1",
    "[2001:db8::1]:80",
    "2001:db8::1",
    "for=192.0.2.1",
    'for="[::1]:1"',
    "unknown",
    "_a",
  ],
  ...[
    "for=10.0.0.1;proto=http",
    "192.0.2.1:80",
    "",
    " ",
    '"',
    "for=",
    ";for=1.1.1.1",
    "::ffff:10.0.0.1",
    "fe80::1%lo",
  ],
];

/** The headers in which proxies name the client. The input is text: a line of values for each of the two headers. */
export const forwarded: Target = {
  name: "forwarded",
  make: (random) => {
    const line = () =>
      Array.from({ length: random.below(5) }, () => random.pick(HOPS)).join(random.pick([",", ", "]));
    const text = TEXT.encode(`${line()}\n${line()}`);
    return random.below(4) === 0 ? text : mutate(text, random, [TEXT.encode(line())]);
  },
  run(input) {
    const [first, second] = Buffer.from(input).toString("latin1").split("\n");
    const headers = { forwarded: first, "x-forwarded-for": second } as Record<string, string>;
    for (const header of ["Forwarded", "X-Forwarded-For"] as const) {
      const proxies = { addresses: TRUSTED, header };
      const hops = forwardedHops("10.9.9.9", proxies)?.(headers);
      check(hops !== undefined, "a proxy is not believed");
      check(hops.length <= MAX_HOPS, `${hops.length} addresses`);
      for (const hop of hops) check(isIP(hop) !== 0, `${hop} is no address`);
      check(forwardedHops("192.0.2.9", proxies) === undefined, "a stranger is believed");
    }
  },
};

/** The beginning of a connection, changed: a PROXY header, or the first bytes of a protocol. */
export function randomPreamble(random: Random): Uint8Array {
  const preamble = random.pick([...BEGINNINGS, binaryHeader(random)]);
  return random.below(3) === 0 ? preamble : mutate(preamble, random, [binaryHeader(random)]);
}

function binaryHeader(random: Random): Uint8Array {
  const [source, destination] = random.pick([
    ["192.0.2.1", "192.0.2.2"],
    ["2001:db8::1", "2001:db8::2"],
    ["nowhere", "nowhere"],
  ] as const);
  const end = (remoteAddress: string) => ({ remoteAddress, remotePort: random.below(65_536) });
  return joined([proxyHeader(end(source), end(destination)), random.bytes(random.below(20))]);
}
