import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import {
  CLIENT_KEYS,
  type DigestLayout,
  findDigest,
  isSignedAnswer,
  SERVER_KEYS,
  signAnswer,
  writeDigest,
} from "./digest.ts";

// One packet whose digests and signatures librtmp and FFmpeg agree on.
const C1 = Uint8Array.from({ length: 1536 }, (_, i) => (i < 8 ? 0 : (7 * i + 3) & 0xff));
C1.set([0x80, 0x00, 0x07, 0x02], 4);
const S2 = Uint8Array.from({ length: 1536 }, (_, i) => (11 * i + 5) & 0xff);

const VECTORS = [
  {
    layout: "A",
    digestAt: 290,
    digest: hex("0b441119ef46c4660e578ac88d3bf4c2d8901ff9a39c94bb92cb345f63928860"),
    signature: hex("864200d1267ff26773553ead227e69c2175dcf9f170c0a9c355cc6dbf2883d8a"),
  },
  {
    layout: "B",
    digestAt: 942,
    digest: hex("8e211aefe949d44221d8905aa6154973bcab5ecb43dc582f65b1de1c2f94e4d5"),
    signature: hex("e3ea5f6b031477d11a2f4ac65d84d954e357819e62e6c71be498b0c43783c3c4"),
  },
] as const;

describe.each(VECTORS)("in layout $layout", ({ layout, digestAt, digest, signature }) => {
  test("the digest of the known C1 is written at its place and found there", () => {
    const c1 = C1.slice();
    expect(Uint8Array.from(writeDigest(c1, layout, CLIENT_KEYS))).toEqual(digest);
    expect(c1.subarray(digestAt, digestAt + 32)).toEqual(digest);
    expect(findDigest(c1, CLIENT_KEYS)).toEqual({ layout, digest });
  });

  test("the known S2 is signed and its signature accepted", () => {
    const s2 = S2.slice();
    signAnswer(s2, digest, SERVER_KEYS);
    expect(s2.subarray(1504)).toEqual(signature);
    expect(s2.subarray(0, 1504)).toEqual(S2.subarray(0, 1504));
    expect(isSignedAnswer(s2, digest, SERVER_KEYS)).toBe(true);
  });

  test("a digest is found wherever the random bytes put it, and every changed byte makes it invalid", () => {
    const random = new Random(layout.charCodeAt(0));
    for (let run = 0; run < 50; run += 1) {
      const packet = random.bytes(1536);
      writeDigest(packet, layout, SERVER_KEYS);
      expect(findDigest(packet, SERVER_KEYS)?.layout).toBe(layout);
      const at = random.below(1536);
      packet[at] = (packet[at] ?? 0) ^ (1 + random.below(255));
      expect(findDigest(packet, SERVER_KEYS)).toBeUndefined();
    }
  });

  test("the largest sum of offset bytes still places the digest inside its block", () => {
    const packet = new Uint8Array(1536).fill(0xff);
    const [first, sum] = layout === "A" ? [8, 727] : [772, 727];
    packet.set([255, 255, 217, 0], first);
    const digest = writeDigest(packet, layout, CLIENT_KEYS);
    expect(digest.byteOffset).toBe(first + 4 + sum);
    expect(digest.length).toBe(32);
    expect(digest.byteOffset + 32).toBeLessThanOrEqual(first + 764);
  });
});

test("a digest made with the keys of the other side is not found", () => {
  const layouts: readonly DigestLayout[] = ["A", "B"];
  for (const layout of layouts) {
    const packet = new Random(1).bytes(1536);
    writeDigest(packet, layout, CLIENT_KEYS);
    expect(findDigest(packet, SERVER_KEYS)).toBeUndefined();
  }
});

test("a signature is not accepted for another digest, other content or the other side's key", () => {
  const answer = S2.slice();
  const digest = new Random(2).bytes(32);
  signAnswer(answer, digest, SERVER_KEYS);
  expect(isSignedAnswer(answer, new Random(3).bytes(32), SERVER_KEYS)).toBe(false);
  expect(isSignedAnswer(answer, digest, CLIENT_KEYS)).toBe(false);
  answer[700] = (answer[700] ?? 0) ^ 1;
  expect(isSignedAnswer(answer, digest, SERVER_KEYS)).toBe(false);
});
