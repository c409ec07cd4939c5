import { ByteWriter } from "@headgate/bytes";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { codecName } from "./codecs.ts";
import { packetTypeOffset, readMultitrack } from "./enhanced-header.ts";

const HVC1 = 0x68766331;

interface Multitrack {
  readonly multitrackType: 0 | 1 | 2;
  readonly tracks: readonly { trackId: number; fourCc: number; body: Uint8Array }[];
}

/** A Multitrack message from the byte with the multitrack type on. */
function writeMultitrack({ multitrackType, tracks }: Multitrack): Uint8Array {
  const writer = new ByteWriter().u8((multitrackType << 4) | 1);
  if (multitrackType !== 2) writer.u32(tracks[0]!.fourCc);
  for (const { trackId, fourCc, body } of tracks) {
    if (multitrackType === 2) writer.u32(fourCc);
    writer.u8(trackId);
    if (multitrackType !== 0) writer.u24(body.length);
    writer.raw(body);
  }
  return writer.finish();
}

function randomMultitrack(random: Random): Multitrack {
  const multitrackType = random.pick([0, 1, 2] as const);
  const fourCc = random.u32();
  const tracks = Array.from({ length: multitrackType === 0 ? 1 : 1 + random.below(6) }, () => ({
    trackId: random.below(256),
    fourCc: multitrackType === 2 ? random.u32() : fourCc,
    body: random.bytes(random.below(12)),
  }));
  return { multitrackType, tracks };
}

describe("readMultitrack", () => {
  test("reads the tracks that were written", () => {
    const random = new Random(1);
    for (let i = 0; i < 500; i++) {
      const message = randomMultitrack(random);
      expect(readMultitrack(writeMultitrack(message), 0)).toEqual(
        message.tracks.map(({ trackId, fourCc }) => ({ trackId, codec: codecName(fourCc) })),
      );
    }
  });

  test("finds every message of many tracks malformed when it is cut within a track", () => {
    const random = new Random(2);
    for (let i = 0; i < 200; i++) {
      const message = { ...randomMultitrack(random), multitrackType: 1 as const };
      const bytes = writeMultitrack(message);
      const trackEnds = new Set<number>();
      let end = 5;
      for (const { body } of message.tracks) {
        end += 4 + body.length;
        trackEnds.add(end);
      }
      for (let length = 0; length < bytes.length; length++) {
        const tracks = readMultitrack(bytes.subarray(0, length), 0);
        expect(tracks !== undefined).toBe(trackEnds.has(length));
      }
    }
  });

  test("takes 256 tracks and finds more malformed, as ids have one byte", () => {
    const track = { fourCc: HVC1, body: new Uint8Array(0) };
    const tracks = Array.from({ length: 257 }, (_, i) => ({ ...track, trackId: i & 0xff }));
    const most = writeMultitrack({ multitrackType: 1, tracks: tracks.slice(0, 256) });
    expect(readMultitrack(most, 0)).toHaveLength(256);
    expect(readMultitrack(writeMultitrack({ multitrackType: 1, tracks }), 0)).toBeUndefined();
  });
});

describe("packetTypeOffset", () => {
  /** A header with ModEx modifiers of these sizes in front of packet type 1. */
  function writeModifiers(sizes: readonly number[]): Uint8Array {
    const room = 1 + sizes.reduce((sum, size) => sum + size + 4, 0);
    const writer = new ByteWriter(room).u8(sizes.length > 0 ? 0x97 : 0x91);
    for (const [at, size] of sizes.entries()) {
      if (size < 256) writer.u8(size - 1);
      else writer.u8(0xff).u16(size - 1);
      writer.raw(new Uint8Array(size).fill(0x77)).u8(at === sizes.length - 1 ? 0x01 : 0x07);
    }
    return writer.finish();
  }

  test("steps over modifiers of any size to the packet type, and finds none when the header is cut", () => {
    const random = new Random(3);
    for (let i = 0; i < 300; i++) {
      const sizes = Array.from({ length: random.below(4) }, () =>
        random.pick([1, 3, 254, 255, 256, 257, 65_536]),
      );
      const bytes = writeModifiers(sizes);
      expect(packetTypeOffset(bytes)).toBe(bytes.length - 1);
      const cut = bytes.subarray(0, random.below(bytes.length));
      expect(packetTypeOffset(cut)).toBeUndefined();
    }
  });
});
