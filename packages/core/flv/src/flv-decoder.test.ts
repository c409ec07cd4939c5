import { ProtocolError } from "@headgate/bytes";
import { byteByByte, decodeInEveryCut, hex, Random, randomCuts } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { DEFAULT_MAX_TAG_BYTES, FlvDecoder } from "./flv-decoder.ts";
import { encodeFlvTag, writeFlvHeader } from "./flv-encoder.ts";
import { FLV_TAG_TYPE, type FlvTag } from "./flv-tag.ts";

const FILE_HEADER = "464c5601 05 00000009 00000000";
const TAG_HEADER_BYTES = 11;
const PREVIOUS_TAG_SIZE_BYTES = 4;

function drain(decoder: FlvDecoder): FlvTag[] {
  const tags: FlvTag[] = [];
  for (let tag = decoder.next(); tag !== undefined; tag = decoder.next()) tags.push(tag);
  return tags;
}

function decode(pieces: readonly Uint8Array[], decoder: FlvDecoder = new FlvDecoder()): FlvTag[] {
  return pieces.flatMap((piece) => {
    decoder.push(piece);
    return drain(decoder);
  });
}

function randomTags(random: Random): FlvTag[] {
  return Array.from({ length: random.below(12) }, () => ({
    type: random.pick(Object.values(FLV_TAG_TYPE)),
    timestamp: random.u32() | 0,
    payload: random.bytes(random.below(random.pick([1, 30, 3000]))),
  }));
}

function encodeFile(tags: readonly FlvTag[]): Uint8Array {
  const parts = [writeFlvHeader({ hasAudio: true, hasVideo: true }), ...tags.map(encodeFlvTag)];
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

function errorOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof ProtocolError ? error.code : error;
  }
}

describe("the three properties of the FLV decoder", () => {
  const seeds = Array.from({ length: 25 }, (_, seed) => seed);

  test.each(seeds)("decodes the same from any cut, and what was encoded (seed %i)", (seed) => {
    const random = new Random(seed);
    const tags = randomTags(random);
    const results = decodeInEveryCut(encodeFile(tags), random, decode);
    expect(results).toEqual({ whole: tags, byteByByte: tags, randomCuts: tags });
  });

  test.each(seeds)("never holds more than one tag of the limit (seed %i)", (seed) => {
    const random = new Random(seed);
    const maxTagBytes = 3000;
    const decoder = new FlvDecoder(maxTagBytes);
    for (const piece of randomCuts(encodeFile(randomTags(random)), random)) {
      decoder.push(piece);
      drain(decoder);
      expect(decoder.bufferedBytes).toBeLessThan(PREVIOUS_TAG_SIZE_BYTES + TAG_HEADER_BYTES + maxTagBytes);
    }
  });
});

describe("the FLV file header", () => {
  test.each([
    ["00", false, false],
    ["01", false, true],
    ["04", true, false],
    ["05", true, true],
    ["fa", false, false],
  ])("says with flags %s what kinds of tags there are", (flags, hasAudio, hasVideo) => {
    const decoder = new FlvDecoder();
    expect(decoder.header).toBeUndefined();
    decoder.push(hex(`464c5601 ${flags} 00000009`));
    expect(decoder.next()).toBeUndefined();
    expect(decoder.header).toEqual({ hasAudio, hasVideo });
  });

  test("may be longer than 9 bytes; the rest is skipped and not held", () => {
    const rest = new Uint8Array(100_000).fill(0x5a);
    const file = [
      hex("464c5601 05 000186a9"),
      rest,
      hex("00000000 08 000002 000000 00 000000 af01 0000000d"),
    ];
    const decoder = new FlvDecoder();
    decoder.push(file[0]!);
    decoder.push(file[1]!.subarray(0, 99_999));
    expect(decoder.next()).toBeUndefined();
    expect(decoder.bufferedBytes).toBe(0);
    expect(decode(file)).toEqual([{ type: 8, timestamp: 0, payload: hex("af01") }]);
    expect(decode(file.flatMap(byteByByte))).toHaveLength(1);
  });

  test.each([
    ["another signature", "474c5601 05 00000009"],
    ["another version", "464c5602 05 00000009"],
    ["a data offset within the header", "464c5601 05 00000008"],
  ])("is refused with %s", (_, bytes) => {
    expect(errorOf(() => decode([hex(bytes)]))).toBe("FLV_INVALID");
  });
});

describe("FLV tags", () => {
  test("are out as soon as they are whole, without the size that follows them", () => {
    const decoder = new FlvDecoder();
    expect(decode([hex(FILE_HEADER), hex("09 000005 000021 00 000000 1702000000")], decoder)).toEqual([
      { type: 9, timestamp: 33, payload: hex("1702000000") },
    ]);
  });

  test("may be empty", () => {
    const tags = decode([hex(FILE_HEADER), hex("08 000000 000001 00 000000 0000000b")]);
    expect(tags).toEqual([{ type: 8, timestamp: 1, payload: new Uint8Array(0) }]);
  });

  test.each([
    ["ffffff 00", 0xffffff],
    ["000000 01", 0x1000000],
    ["ffffff 7f", 0x7fffffff],
    ["000000 80", -0x80000000],
    ["fffffe ff", -2],
  ])("have the timestamp's low 24 bits first, then the high 8: %s", (bytes, timestamp) => {
    const [tag] = decode([hex(FILE_HEADER), hex(`08 000001 ${bytes} 000000 2f`)]);
    expect(tag?.timestamp).toBe(timestamp);
  });

  test("keep their type when the bits above it say that they are encrypted", () => {
    const [tag] = decode([hex(FILE_HEADER), hex("29 000001 000000 00 000000 17")]);
    expect(tag).toEqual({ type: 9, timestamp: 0, payload: hex("17") });
  });

  test("are taken with a wrong size of the tag before them and with a stream id, as other readers do", () => {
    const file = `${FILE_HEADER} 08 000001 000000 00 000001 2f deadbeef 09 000001 000000 00 000002 22`;
    expect(decode([hex(file)]).map(({ type }) => type)).toEqual([8, 9]);
  });

  test("up to the limit are taken; one byte more is refused as soon as it is announced", () => {
    const decoder = new FlvDecoder(2);
    decode([hex(FILE_HEADER), hex("08 000002 000000 00 000000 af01 0000000d")], decoder);
    decoder.push(hex("08 000003 000000 00 000000"));
    expect(errorOf(() => decoder.next())).toBe("FLV_INVALID");
    expect(errorOf(() => decoder.next())).toBe("FLV_INVALID");
  });

  test("of 8 MiB are the longest unless another limit is given", () => {
    const announce = (payloadBytes: number): unknown => {
      const size = payloadBytes.toString(16).padStart(6, "0");
      return errorOf(() => decode([hex(`${FILE_HEADER} 09 ${size} 000000 00 000000`)]).length);
    };
    expect(announce(DEFAULT_MAX_TAG_BYTES)).toBe(0);
    expect(announce(DEFAULT_MAX_TAG_BYTES + 1)).toBe("FLV_INVALID");
  });

  test("keep their payload when more is pushed, also into the buffer the caller used before", () => {
    const decoder = new FlvDecoder();
    const input = hex(`${FILE_HEADER} 08 000002 000000 00 000000 af01 0000000d`);
    decoder.push(input);
    const tag = decoder.next();
    input.fill(0xee);
    decoder.push(input);
    expect(tag?.payload).toEqual(hex("af01"));
  });
});

test("The FLV decoder throws nothing but FLV_INVALID at mutated files.", () => {
  const random = new Random(4);
  let refused = 0;
  for (let i = 0; i < 500; i++) {
    const file = encodeFile(randomTags(random));
    for (let n = random.below(6); n > 0; n--) file[random.below(file.length)] = random.u32();
    const result = errorOf(() => decode(randomCuts(file, random), new FlvDecoder(3000)).length);
    if (result === "FLV_INVALID") refused += 1;
    else expect(result).toBeTypeOf("number");
  }
  expect(refused).toBeGreaterThan(0);
});
