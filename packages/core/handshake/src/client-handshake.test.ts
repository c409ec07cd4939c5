import { ProtocolError } from "@headgate/bytes";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { ClientHandshake } from "./client-handshake.ts";
import { CLIENT_KEYS, findDigest, isSignedAnswer, SERVER_KEYS, signAnswer, writeDigest } from "./digest.ts";

function client(
  kind: "simple" | "digest",
  layout?: "A" | "B",
): { handshake: ClientHandshake; c1: Uint8Array } {
  const random = new Random(1);
  const handshake = new ClientHandshake({
    random: (length) => random.bytes(length),
    kind,
    ...(layout && { layout }),
  });
  const hello = handshake.takeOutput() ?? new Uint8Array(0);
  expect(hello).toHaveLength(1537);
  expect(hello[0]).toBe(3);
  return { handshake, c1: hello.subarray(1) };
}

interface Answer {
  readonly version: readonly number[];
  readonly s1: "digest" | "random";
  readonly s2: "signed" | "echo" | "echo with a second time" | "random";
}

/** S0, S1 and S2 as servers in the field send them: each part may be right or wrong by itself. */
function answerTo(c1: Uint8Array, { version, s1: s1Kind, s2: s2Kind }: Answer): Uint8Array {
  const bytes = new Random(2).bytes(3073);
  const s1 = bytes.subarray(1, 1537);
  const s2 = bytes.subarray(1537);
  bytes[0] = 3;
  s1.set(version, 4);
  if (s1Kind === "digest") writeDigest(s1, "B", SERVER_KEYS);
  if (s2Kind === "signed") {
    signAnswer(s2, findDigest(c1, CLIENT_KEYS)?.digest ?? new Uint8Array(32), SERVER_KEYS);
  }
  if (s2Kind.startsWith("echo")) s2.set(c1);
  if (s2Kind === "echo with a second time") s2.set([1, 2, 3, 4], 4);
  return bytes;
}

function failure(act: () => void): ProtocolError {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
  }
  throw new Error("did not fail with a ProtocolError");
}

describe("asked for the simple handshake", () => {
  test("C1 carries no version, and C2 is S1 sent back", () => {
    const { handshake, c1 } = client("simple");
    expect(c1.subarray(0, 8)).toEqual(new Uint8Array(8));
    const answer = answerTo(c1, { version: [0, 0, 0, 0], s1: "random", s2: "echo" });
    expect(handshake.receive(answer)).toBe(3073);
    expect(handshake.takeOutput()).toEqual(answer.subarray(1, 1537));
    expect(handshake.result).toEqual({ kind: "simple", peerVersion: "0.0.0.0" });
  });

  test("nothing the server answers is verified", () => {
    const { handshake, c1 } = client("simple");
    handshake.receive(answerTo(c1, { version: [4, 5, 0, 1], s1: "digest", s2: "random" }));
    expect(handshake.result).toEqual({ kind: "simple", peerVersion: "4.5.0.1" });
  });
});

describe("asked for the digest handshake", () => {
  test("C1 carries a version and a digest, by default in layout A", () => {
    const { c1 } = client("digest");
    expect(c1.subarray(0, 8)).toEqual(Uint8Array.of(0, 0, 0, 0, 9, 0, 124, 2));
    expect(findDigest(c1, CLIENT_KEYS)?.layout).toBe("A");
    expect(findDigest(client("digest", "B").c1, CLIENT_KEYS)?.layout).toBe("B");
  });

  test("C2 is signed over the server's digest", () => {
    const { handshake, c1 } = client("digest");
    const answer = answerTo(c1, { version: [3, 5, 1, 1], s1: "digest", s2: "signed" });
    handshake.receive(answer);
    const digest = findDigest(answer.subarray(1, 1537), SERVER_KEYS)?.digest ?? new Uint8Array(0);
    const c2 = handshake.takeOutput() ?? new Uint8Array(0);
    expect(c2).toHaveLength(1536);
    expect(isSignedAnswer(c2, digest, CLIENT_KEYS)).toBe(true);
    expect(handshake.result).toEqual({ kind: "digest", peerVersion: "3.5.1.1", layout: "B" });
  });

  test.each<Answer & { server: string }>([
    { server: "crtmpserver", version: [0, 0, 0, 0], s1: "digest", s2: "signed" },
    { server: "SRS", version: [1, 0, 5, 4], s1: "digest", s2: "signed" },
    { server: "nginx-rtmp", version: [13, 14, 10, 13], s1: "digest", s2: "signed" },
  ])("the digest of $server counts, whatever version it claims", ({ server: _, ...answer }) => {
    const { handshake, c1 } = client("digest");
    handshake.receive(answerTo(c1, answer));
    expect(handshake.result?.kind).toBe("digest");
  });

  test.each<Answer & { server: string }>([
    { server: "speaks only the simple handshake", version: [0, 0, 0, 0], s1: "random", s2: "echo" },
    { server: "neither echoes nor claims a version", version: [0, 0, 0, 0], s1: "random", s2: "random" },
    { server: "is older than the digest", version: [2, 0, 4, 0], s1: "random", s2: "random" },
    { server: "claims a new version but echoes C1", version: [4, 5, 0, 1], s1: "random", s2: "echo" },
    {
      server: "claims one, echoes C1 and writes its time over the version",
      version: [4, 5, 0, 1],
      s1: "random",
      s2: "echo with a second time",
    },
    { server: "has a digest in S1 but echoes C1", version: [4, 5, 0, 1], s1: "digest", s2: "echo" },
    {
      server: "happens to sign S2 but has no digest in S1",
      version: [0, 0, 0, 0],
      s1: "random",
      s2: "signed",
    },
  ])("it settles for the simple one with a server that $server", ({ server: _, ...answer }) => {
    const { handshake, c1 } = client("digest");
    const bytes = answerTo(c1, answer);
    expect(handshake.receive(bytes)).toBe(3073);
    expect(handshake.result?.kind).toBe("simple");
    const c2 = handshake.takeOutput();
    if (answer.s1 === "random") expect(c2).toEqual(bytes.subarray(1, 1537));
  });

  test("it fails with a server that claims to know digests but has none in S1", () => {
    const { handshake, c1 } = client("digest");
    const answer = answerTo(c1, { version: [3, 0, 0, 0], s1: "random", s2: "random" });
    const error = failure(() => handshake.receive(answer));
    expect(error.code).toBe("HANDSHAKE_DIGEST_INVALID");
    expect(error.message).toContain("S1 digest");
    expect(handshake.result).toBeUndefined();
  });

  test("it fails with a server whose S2 signature is wrong", () => {
    const { handshake, c1 } = client("digest");
    const answer = answerTo(c1, { version: [4, 5, 0, 1], s1: "digest", s2: "random" });
    const error = failure(() => handshake.receive(answer));
    expect(error.code).toBe("HANDSHAKE_DIGEST_INVALID");
    expect(error.message).toContain("S2 signature");
    expect(handshake.result).toBeUndefined();
  });
});

describe("the course of it", () => {
  test("C2 goes out as soon as S1 is there, before S2", () => {
    const { handshake, c1 } = client("simple");
    const answer = answerTo(c1, { version: [0, 0, 0, 0], s1: "random", s2: "echo" });
    expect(handshake.receive(answer.subarray(0, 1536))).toBe(1536);
    expect(handshake.takeOutput()).toBeUndefined();
    expect(handshake.receive(answer.subarray(1536, 1537))).toBe(1);
    expect(handshake.takeOutput()).toHaveLength(1536);
    expect(handshake.takeOutput()).toBeUndefined();
    expect(handshake.result).toBeUndefined();
    expect(handshake.receive(answer.subarray(1537))).toBe(1536);
    expect(handshake.result?.kind).toBe("simple");
  });

  test("what follows S2 is left to the chunk stream", () => {
    const { handshake, c1 } = client("simple");
    const input = new Uint8Array(3073 + 20);
    input.set(answerTo(c1, { version: [0, 0, 0, 0], s1: "random", s2: "echo" }));
    expect(handshake.receive(input)).toBe(3073);
    expect(handshake.receive(input)).toBe(0);
  });

  test("C0, C1 and C2 taken late come out in one piece and in order", () => {
    const random = new Random(1);
    const handshake = new ClientHandshake({ random: (length) => random.bytes(length), kind: "simple" });
    const answer = answerTo(new Uint8Array(1536), { version: [0, 0, 0, 0], s1: "random", s2: "random" });
    handshake.receive(answer);
    const output = handshake.takeOutput();
    expect(output).toHaveLength(1537 + 1536);
    expect(output?.[0]).toBe(3);
    expect(output?.subarray(1537)).toEqual(answer.subarray(1, 1537));
  });

  test("a C2 does not change when the caller uses its read buffer again", () => {
    const { handshake, c1 } = client("simple");
    const answer = answerTo(c1, { version: [0, 0, 0, 0], s1: "random", s2: "echo" });
    const expected = answer.slice(1, 1537);
    handshake.receive(answer);
    answer.fill(0);
    expect(handshake.takeOutput()).toEqual(expected);
  });

  test("no more than one packet and its version byte is buffered", () => {
    const { handshake, c1 } = client("digest");
    const answer = answerTo(c1, { version: [3, 5, 1, 1], s1: "digest", s2: "signed" });
    let most = 0;
    for (const byte of answer) {
      handshake.receive(Uint8Array.of(byte));
      most = Math.max(most, handshake.bufferedBytes);
    }
    expect(most).toBeLessThanOrEqual(1537);
    expect(handshake.bufferedBytes).toBe(0);
    expect(handshake.result?.kind).toBe("digest");
  });

  test("a server that answers in another protocol is refused at its first byte", () => {
    const { handshake } = client("simple");
    const answer = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n");
    expect(failure(() => handshake.receive(answer)).code).toBe("HANDSHAKE_VERSION_UNSUPPORTED");
  });
});
