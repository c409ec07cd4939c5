import { ProtocolError } from "@headgate/bytes";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { CLIENT_KEYS, findDigest, isSignedAnswer, SERVER_KEYS, writeDigest } from "./digest.ts";
import { ServerHandshake } from "./server-handshake.ts";

const NOW_MS = 0x1_2345_6789;

function server(): ServerHandshake {
  const random = new Random(1);
  return new ServerHandshake({ random: (length) => random.bytes(length) });
}

/** C0 and C1 of zero time, with the version given. */
function c0c1(version: readonly number[]): Uint8Array {
  const bytes = new Random(2).bytes(1537);
  bytes.set([3, 0, 0, 0, 0, ...version]);
  return bytes;
}

function withDigest(bytes: Uint8Array, layout: "A" | "B"): { bytes: Uint8Array; digest: Uint8Array } {
  return { bytes, digest: writeDigest(bytes.subarray(1), layout, CLIENT_KEYS).slice() };
}

describe("the simple handshake", () => {
  test("answers a C1 of version zero with an S1 of version zero and with C1 itself as S2", () => {
    const handshake = server();
    const hello = c0c1([0, 0, 0, 0]);
    expect(handshake.receive(hello, NOW_MS)).toBe(1537);
    const answer = handshake.takeOutput();
    expect(answer).toHaveLength(3073);
    expect(answer?.subarray(0, 9)).toEqual(Uint8Array.of(3, 0x23, 0x45, 0x67, 0x89, 0, 0, 0, 0));
    expect(answer?.subarray(9, 1537)).toEqual(new Random(1).bytes(1528));
    expect(answer?.subarray(1537)).toEqual(hello.subarray(1));
  });

  test("is what a C1 gets whose version bytes hold junk and which has no digest", () => {
    const handshake = server();
    const hello = c0c1([0xde, 0xad, 0xbe, 0xef]);
    handshake.receive(hello, 0);
    const answer = handshake.takeOutput();
    expect(answer?.subarray(5, 9)).toEqual(Uint8Array.of(0, 0, 0, 0));
    expect(answer?.subarray(1537)).toEqual(hello.subarray(1));
    handshake.receive(new Uint8Array(1536), 0);
    expect(handshake.result).toEqual({ kind: "simple", peerVersion: "222.173.190.239" });
  });

  test("is what a C1 of version zero gets even if a digest could be found in it", () => {
    const handshake = server();
    handshake.receive(withDigest(c0c1([0, 0, 0, 0]), "A").bytes, 0);
    expect(handshake.takeOutput()?.subarray(5, 9)).toEqual(Uint8Array.of(0, 0, 0, 0));
  });
});

describe.each(["A", "B"] as const)("the digest handshake with a client of layout %s", (layout) => {
  test("answers with version 3.5.1.1, a digest in layout A and a signature over the client's digest", () => {
    const handshake = server();
    const { bytes, digest } = withDigest(c0c1([9, 0, 124, 2]), layout);
    handshake.receive(bytes, NOW_MS);
    const answer = handshake.takeOutput() ?? new Uint8Array(0);
    const s1 = answer.subarray(1, 1537);
    expect(answer).toHaveLength(3073);
    expect(s1.subarray(0, 8)).toEqual(Uint8Array.of(0x23, 0x45, 0x67, 0x89, 3, 5, 1, 1));
    expect(findDigest(s1, SERVER_KEYS)?.layout).toBe("A");
    expect(isSignedAnswer(answer.subarray(1537), digest, SERVER_KEYS)).toBe(true);
    handshake.receive(new Uint8Array(1536), 0);
    expect(handshake.result).toEqual({ kind: "digest", peerVersion: "9.0.124.2", layout });
  });
});

describe("the course of it", () => {
  test("nothing is answered before the last byte of C1, and the answer is handed out once", () => {
    const handshake = server();
    const hello = c0c1([0, 0, 0, 0]);
    expect(handshake.receive(hello.subarray(0, 1536), 0)).toBe(1536);
    expect(handshake.takeOutput()).toBeUndefined();
    expect(handshake.receive(hello.subarray(1536), 0)).toBe(1);
    expect(handshake.takeOutput()).toHaveLength(3073);
    expect(handshake.takeOutput()).toBeUndefined();
  });

  test("it is done with the last byte of C2 and leaves what follows to the chunk stream", () => {
    const handshake = server();
    handshake.receive(c0c1([0, 0, 0, 0]), 0);
    expect(handshake.receive(new Uint8Array(1535), 0)).toBe(1535);
    expect(handshake.result).toBeUndefined();
    expect(handshake.receive(new Uint8Array(500), 0)).toBe(1);
    expect(handshake.result?.kind).toBe("simple");
    expect(handshake.receive(new Uint8Array(500), 0)).toBe(0);
  });

  test("a C2 sent ahead of its time and the first chunks may come with C0 and C1 in one read", () => {
    const handshake = server();
    const input = new Uint8Array(3073 + 100);
    input.set(c0c1([0, 0, 0, 0]));
    expect(handshake.receive(input, 0)).toBe(3073);
    expect(handshake.result?.kind).toBe("simple");
    expect(handshake.takeOutput()).toHaveLength(3073);
  });

  test("an answer does not change when the caller uses its read buffer again", () => {
    const handshake = server();
    const hello = c0c1([0, 0, 0, 0]);
    const expected = hello.slice(1);
    handshake.receive(hello, 0);
    hello.fill(0);
    expect(handshake.takeOutput()?.subarray(1537)).toEqual(expected);
  });

  test("C0 and C1 are buffered only while they are incomplete, and C2 never", () => {
    const handshake = server();
    const hello = c0c1([0, 0, 0, 0]);
    handshake.receive(hello.subarray(0, 1000), 0);
    expect(handshake.bufferedBytes).toBe(1000);
    handshake.receive(hello.subarray(1000), 0);
    expect(handshake.bufferedBytes).toBe(0);
    handshake.receive(new Uint8Array(1000), 0);
    expect(handshake.bufferedBytes).toBe(0);
  });

  test("another protocol is refused at its first byte", () => {
    const handshake = server();
    expect(() => handshake.receive(Uint8Array.of(0x47), 0)).toThrow(ProtocolError);
    expect(handshake.takeOutput()).toBeUndefined();
  });
});
