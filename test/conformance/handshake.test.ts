import { createHmac } from "node:crypto";
import { ClientHandshake, type DigestLayout, type Handshake, ServerHandshake } from "@headgate/handshake";
import { decodeInEveryCut, hex, Random } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { FFMPEG_C0C1, RTMPDUMP_SWF_C0C1 } from "./handshake-captures.ts";

// The digest handshake once more, straight from its description and sharing nothing with the package. It is held against
// vectors first, and the package against it.

const KEY_TAIL = hex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae");
const SERVER_NAME = Buffer.from("Genuine Adobe Flash Media Server 001");
const CLIENT_NAME = Buffer.from("Genuine Adobe Flash Player 001");

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(createHmac("sha256", key).update(Buffer.concat(parts)).digest());
}

function referenceDigestAt(packet: Uint8Array, layout: DigestLayout): number {
  const block = layout === "A" ? 8 : 772;
  return (packet.subarray(block, block + 4).reduce((sum, byte) => sum + byte) % 728) + block + 4;
}

function referenceDigest(packet: Uint8Array, layout: DigestLayout, name: Uint8Array): Uint8Array {
  const at = referenceDigestAt(packet, layout);
  return hmac(name, packet.subarray(0, at), packet.subarray(at + 32));
}

function writtenDigest(packet: Uint8Array, layout: DigestLayout): Uint8Array {
  const at = referenceDigestAt(packet, layout);
  return packet.slice(at, at + 32);
}

function referenceAnswerKey(name: Uint8Array, peerDigest: Uint8Array): Uint8Array {
  return hmac(Buffer.concat([name, KEY_TAIL]), peerDigest);
}

function referenceSignature(name: Uint8Array, peerDigest: Uint8Array, answer: Uint8Array): Uint8Array {
  return hmac(referenceAnswerKey(name, peerDigest), answer.subarray(0, 1504));
}

/** S0, S1 and S2 as a server that holds to the description answers a C1 of layout A. */
function referenceServerAnswer(c1: Uint8Array, layout: DigestLayout): Uint8Array {
  const answer = new Random(7).bytes(3073);
  const s1 = answer.subarray(1, 1537);
  const s2 = answer.subarray(1537);
  answer.set([3, 0, 0, 0, 0, 4, 5, 0, 1]);
  s1.set(referenceDigest(s1, layout, SERVER_NAME), referenceDigestAt(s1, layout));
  s2.set(referenceSignature(SERVER_NAME, writtenDigest(c1, "A"), s2), 1504);
  return answer;
}

function referenceC1(layout: DigestLayout): Uint8Array {
  const c1 = Uint8Array.from({ length: 1536 }, (_, i) => (i < 8 ? 0 : (7 * i + 3) & 0xff));
  c1.set([0x80, 0x00, 0x07, 0x02], 4);
  c1.set(referenceDigest(c1, layout, CLIENT_NAME), referenceDigestAt(c1, layout));
  return c1;
}

const VECTORS = [
  {
    layout: "A",
    digestAt: 290,
    digest: "0b441119ef46c4660e578ac88d3bf4c2d8901ff9a39c94bb92cb345f63928860",
    answerKey: "c9b4bfa8650743a87fbcce8ea87abcef69670756c531d6476d141e04ce15331f",
    signature: "864200d1267ff26773553ead227e69c2175dcf9f170c0a9c355cc6dbf2883d8a",
  },
  {
    layout: "B",
    digestAt: 942,
    digest: "8e211aefe949d44221d8905aa6154973bcab5ecb43dc582f65b1de1c2f94e4d5",
    answerKey: "be47901e0f17614f341c5874d282e921437abf14d7abc7583e1256bcde1e410c",
    signature: "e3ea5f6b031477d11a2f4ac65d84d954e357819e62e6c71be498b0c43783c3c4",
  },
] as const;

function seeded(seed: number): (length: number) => Uint8Array {
  const random = new Random(seed);
  return (length) => random.bytes(length);
}

function newServer(): ServerHandshake {
  return new ServerHandshake({ random: seeded(11) });
}

function startClient(options: { kind: "simple" | "digest"; layout?: DigestLayout }) {
  const client = new ClientHandshake({ random: seeded(12), ...options });
  return { client, c0c1: taken(client) };
}

function taken(handshake: Handshake): Uint8Array {
  return handshake.takeOutput() ?? new Uint8Array(0);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

describe.each(VECTORS)(
  "the known C1 of layout $layout",
  ({ layout, digestAt, digest, answerKey, signature }) => {
    const s2 = Uint8Array.from({ length: 1536 }, (_, i) => (11 * i + 5) & 0xff);

    it("has its digest where and as librtmp and FFmpeg have it, with the answer that belongs to it", () => {
      const c1 = referenceC1(layout);
      expect(referenceDigestAt(c1, layout)).toBe(digestAt);
      expect(writtenDigest(c1, layout)).toEqual(hex(digest));
      expect(referenceAnswerKey(SERVER_NAME, hex(digest))).toEqual(hex(answerKey));
      expect(referenceSignature(SERVER_NAME, hex(digest), s2)).toEqual(hex(signature));
    });

    it("is recognised by the server and answered with the known signature", () => {
      const server = new ServerHandshake({ random: (length) => s2.slice(0, length) });
      server.receive(concat(Uint8Array.of(3), referenceC1(layout), new Uint8Array(1536)), 0);
      expect(server.result).toEqual({ kind: "digest", peerVersion: "128.0.7.2", layout });
      expect(taken(server).subarray(3073 - 32)).toEqual(hex(signature));
    });
  },
);

describe("the client, held against the description", () => {
  it.each(["A", "B"] as const)("writes a C1 of layout %s", (layout) => {
    const c1 = startClient({ kind: "digest", layout }).c0c1.subarray(1);
    expect(writtenDigest(c1, layout)).toEqual(referenceDigest(c1, layout, CLIENT_NAME));
  });

  it.each(["A", "B"] as const)("accepts a server's S1 of layout %s and signs its C2 for it", (layout) => {
    const { client, c0c1 } = startClient({ kind: "digest" });
    const answer = referenceServerAnswer(c0c1.subarray(1), layout);
    expect(client.receive(answer)).toBe(3073);
    expect(client.result).toEqual({ kind: "digest", peerVersion: "4.5.0.1", layout });
    const s1Digest = writtenDigest(answer.subarray(1, 1537), layout);
    const c2 = taken(client);
    expect(c2.subarray(1504)).toEqual(referenceSignature(CLIENT_NAME, s1Digest, c2));
  });
});

describe("C0 and C1 of real clients", () => {
  it.each([
    { client: "ffmpeg", c0c1: FFMPEG_C0C1, peerVersion: "9.0.124.2" },
    { client: "rtmpdump --swfhash", c0c1: RTMPDUMP_SWF_C0C1, peerVersion: "10.0.45.2" },
  ])("the digest of $client is found, and the answer is one it verifies", ({ c0c1, peerVersion }) => {
    const server = newServer();
    expect(server.receive(c0c1, 1000)).toBe(1537);
    const answer = taken(server);
    const s1 = answer.subarray(1, 1537);
    const s2 = answer.subarray(1537);
    expect(s1.subarray(4, 8)).toEqual(Uint8Array.of(3, 5, 1, 1));
    expect(writtenDigest(s1, "A")).toEqual(referenceDigest(s1, "A", SERVER_NAME));
    const c1Digest = writtenDigest(c0c1.subarray(1), "A");
    expect(s2.subarray(1504)).toEqual(referenceSignature(SERVER_NAME, c1Digest, s2));
    server.receive(new Uint8Array(1536), 1000);
    expect(server.result).toEqual({ kind: "digest", peerVersion, layout: "A" });
  });

  it("the zero version of librtmp, OBS and GStreamer is answered with an echo", () => {
    const uptimeMs = [0x00, 0x12, 0xd6, 0x87];
    const c0c1 = concat(Uint8Array.of(3, ...uptimeMs, 0, 0, 0, 0), new Random(1).bytes(1528));
    const server = newServer();
    server.receive(c0c1, 1000);
    const answer = taken(server);
    expect(answer.subarray(5, 9)).toEqual(new Uint8Array(4));
    expect(answer.subarray(1537)).toEqual(c0c1.subarray(1));
  });
});

describe("C2 of real clients is accepted, whatever it holds", () => {
  it.each([
    { client: "librtmp: S1 sent back", change: () => {} },
    {
      client: "GStreamer: S1 with its own time over the version",
      change: (c2: Uint8Array) => c2.set([9, 8, 7, 6], 4),
    },
    { client: "anything", change: (c2: Uint8Array) => c2.fill(0xaa) },
  ])("$client", ({ change }) => {
    const server = newServer();
    server.receive(startClient({ kind: "simple" }).c0c1, 0);
    const c2 = taken(server).slice(1, 1537);
    change(c2);
    server.receive(c2, 0);
    expect(server.result?.kind).toBe("simple");
  });

  it("ffmpeg publishing: S1 sent back although the handshake has a digest", () => {
    const server = newServer();
    server.receive(FFMPEG_C0C1, 0);
    server.receive(taken(server).slice(1, 1537), 0);
    expect(server.result?.kind).toBe("digest");
  });
});

describe("wherever the input is cut, the outcome is the same", () => {
  const chunks = hex("02000000000004050000000000001000");

  /** Feeds the pieces as a driver does; what the handshake does not take is the chunk stream. */
  function drive(handshake: Handshake, pieces: readonly Uint8Array[]) {
    const sent: Uint8Array[] = [];
    const rest: Uint8Array[] = [];
    for (const piece of pieces) {
      const length = handshake.receive(piece, 5);
      sent.push(taken(handshake));
      rest.push(piece.subarray(length));
    }
    return { sent: concat(...sent), rest: concat(...rest), result: handshake.result };
  }

  it.each<{ name: string; start: () => Handshake; input: Uint8Array; sentLength: number }>([
    {
      name: "the server, simple",
      start: newServer,
      input: concat(startClient({ kind: "simple" }).c0c1, new Random(2).bytes(1536), chunks),
      sentLength: 3073,
    },
    {
      name: "the server, digest",
      start: newServer,
      input: concat(FFMPEG_C0C1, new Random(2).bytes(1536), chunks),
      sentLength: 3073,
    },
    {
      name: "the client, simple",
      start: () => startClient({ kind: "simple" }).client,
      input: concat(Uint8Array.of(3), new Random(3).bytes(3072), chunks),
      sentLength: 1536,
    },
    {
      name: "the client, digest",
      start: () => startClient({ kind: "digest" }).client,
      input: concat(referenceServerAnswer(startClient({ kind: "digest" }).c0c1.subarray(1), "B"), chunks),
      sentLength: 1536,
    },
  ])("$name", ({ start, input, sentLength }) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const outcome = decodeInEveryCut(input, new Random(seed), (pieces) => drive(start(), pieces));
      expect(outcome.whole.result).toBeDefined();
      expect(outcome.whole.rest).toEqual(chunks);
      expect(outcome.whole.sent).toHaveLength(sentLength);
      expect(outcome.byteByByte).toEqual(outcome.whole);
      expect(outcome.randomCuts).toEqual(outcome.whole);
    }
  });
});

describe("our client and our server agree", () => {
  it.each([
    { kind: "simple", result: { kind: "simple", peerVersion: "0.0.0.0" } },
    { kind: "digest", layout: "A", result: { kind: "digest", peerVersion: "9.0.124.2", layout: "A" } },
    { kind: "digest", layout: "B", result: { kind: "digest", peerVersion: "9.0.124.2", layout: "B" } },
  ] as const)("on the handshake $result", ({ result, ...options }) => {
    const { client, c0c1 } = startClient(options);
    const server = newServer();
    server.receive(c0c1, 0);
    client.receive(taken(server));
    server.receive(taken(client), 0);
    expect(server.result).toEqual(result);
    expect(client.result).toEqual(
      options.kind === "simple"
        ? { kind: "simple", peerVersion: "0.0.0.0" }
        : { kind: "digest", peerVersion: "3.5.1.1", layout: "A" },
    );
  });
});
