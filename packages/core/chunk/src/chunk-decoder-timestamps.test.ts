import { byteByByte, hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { counting, decodeAll, decodeHex, inChunks } from "./decode-all.test.helper.ts";

function timestamps(digits: string): number[] {
  return decodeHex(digits).map(({ timestamp }) => timestamp);
}

/** Decodes the input cut in two at every place and byte by byte; every way must give the same. */
function decodeCutEverywhere(digits: string): ReturnType<typeof decodeHex> {
  const input = hex(digits);
  const whole = decodeAll([input]);
  for (let at = 1; at < input.length; at += 1) {
    expect(decodeAll([input.subarray(0, at), input.subarray(at)]), `cut at ${at}`).toEqual(whole);
  }
  expect(decodeAll(byteByByte(input))).toEqual(whole);
  return whole;
}

describe("chunk decoder, timestamps", () => {
  it("adds the delta of formats 1 and 2 and, for format 3, the last one again", () => {
    const input = "04 000064 000001 08 01000000 aa  44 00000a 000001 08 aa  c4 aa  84 000001 aa  c4 aa c4 aa";
    expect(timestamps(input)).toEqual([100, 110, 120, 121, 122, 123]);
  });

  it("adds the absolute timestamp of format 0 when a format 3 header begins the next message", () => {
    expect(timestamps("04 00001a 000001 08 01000000 aa  c4 aa  c4 aa")).toEqual([26, 52, 78]);
  });

  it("keeps a time of its own for every chunk stream", () => {
    const input =
      "04 000064 000001 08 01000000 aa  06 000001 000001 09 01000000 aa  84 000002 aa  86 000003 aa";
    expect(timestamps(input)).toEqual([100, 1, 102, 4]);
  });

  it("goes back to an earlier time with format 0", () => {
    expect(
      timestamps("04 000064 000001 08 01000000 aa  04 000005 000001 08 01000000 aa  84 000001 aa"),
    ).toEqual([100, 5, 6]);
  });

  it("wraps at 2^32", () => {
    expect(timestamps("04 ffffff 000001 08 01000000 fffffff0 aa  84 000020 aa")).toEqual([0xfffffff0, 0x10]);
  });

  it("goes backward by an extended delta from 2^31 on, as old librtmp writes it", () => {
    expect(timestamps("04 0003e8 000001 08 01000000 aa  84 ffffff fffffff6 aa")).toEqual([1000, 990]);
  });

  it("counts the delta of a continuation header towards the next message only", () => {
    const message = inChunks("46 00000a 000082 09", counting(130), 128, "46 000007 000082 09");
    expect(timestamps(`${message} ${inChunks("c6", counting(130), 128, "c6")}`)).toEqual([10, 17]);
  });

  it("applies the header of an aborted message to the time of the next", () => {
    const aborted = `06 000064 000082 09 01000000 ${counting(128)}  02 000000 000004 02 00000000 00000006`;
    expect(timestamps(`${aborted} 46 00000a 000001 09 aa`)).toEqual([110]);
  });
});

describe("chunk decoder, extended timestamps", () => {
  it.each([
    ["00ffffff", 0xffffff],
    ["01000000", 0x1000000],
    ["ffffffff", 0xffffffff],
    ["00000005", 5],
  ])("reads %s after format 0 as absolute", (extended, timestamp) => {
    const messages = decodeCutEverywhere(`04 ffffff 000001 08 01000000 ${extended} aa`);
    expect(messages).toEqual([{ type: 8, timestamp, messageStreamId: 1, payload: "aa" }]);
  });

  it("reads it after formats 1 and 2 as a delta", () => {
    const input = `04 000064 000001 08 01000000 aa
      44 ffffff 000001 08 01000000 bb
      84 ffffff 01000001 cc`;
    expect(decodeCutEverywhere(input).map(({ timestamp }) => timestamp)).toEqual([100, 0x1000064, 0x2000065]);
  });

  it("expects none after a header with a plain timestamp", () => {
    const input = "04 ffffff 000001 08 01000000 01020304 aa  84 000001 01  c4 01";
    expect(timestamps(input)).toEqual([0x1020304, 0x1020305, 0x1020306]);
  });

  it.each([
    ["06 ffffff 00012c 09 01000000 01020304", "absolute"],
    ["46 ffffff 00012c 09 01020304", "a delta"],
  ])("takes %s, which is %s, with and without its repetition", (header) => {
    const payload = counting(300);
    const expected = { type: 9, timestamp: 0x1020304, payload };
    expect(decodeCutEverywhere(inChunks(header, payload, 128, "c6 01020304"))).toMatchObject([expected]);
    expect(decodeCutEverywhere(inChunks(header, payload, 128, "c6"))).toMatchObject([expected]);
  });

  it.each(["01", "0102", "010203", "01020301", "010101020304"])(
    "tells payload that begins with %s from a repetition",
    (prefix) => {
      const payload = `${counting(128)}${prefix}${counting(20)}`;
      const length = (payload.length / 2).toString(16).padStart(6, "0");
      const header = `06 ffffff ${length} 09 01000000 01020304`;
      const expected = { timestamp: 0x1020304, payload };
      expect(decodeCutEverywhere(inChunks(header, payload, 128, "c6"))).toMatchObject([expected]);
      expect(decodeCutEverywhere(inChunks(header, payload, 128, "c6 01020304"))).toMatchObject([expected]);
    },
  );

  it("takes four equal bytes as a repetition once, not twice", () => {
    const payload = `${counting(128)}01020304`;
    const header = "06 ffffff 000084 09 01000000 01020304";
    expect(decodeCutEverywhere(inChunks(header, payload, 128, "c6 01020304"))).toMatchObject([{ payload }]);
  });

  it("reads past the end of a short last chunk to see whether it is payload or a repetition", () => {
    const header = "06 ffffff 000082 09 01000000 01020304";
    const message = inChunks(header, `${counting(128)}0102`, 128, "c6");
    expect(decodeHex(message)).toEqual([]);
    expect(
      decodeCutEverywhere(`${message} 04 000000 000001 08 01000000 aa`).map(({ payload }) => payload),
    ).toEqual([`${counting(128)}0102`, "aa"]);
  });

  it("adds the extended timestamp again when format 3 begins a message, with and without its repetition", () => {
    const afterFormat0 = "06 ffffff 000002 09 01000000 01020304 aabb";
    const afterFormat2 = `06 000001 000002 09 01000000 aabb  86 ffffff 01020304 aabb`;
    for (const begin of ["c6 01020304 ccdd", "c6 ccdd"]) {
      expect(decodeCutEverywhere(`${afterFormat0} ${begin}`)).toMatchObject([
        { timestamp: 0x1020304, payload: "aabb" },
        { timestamp: 0x2040608, payload: "ccdd" },
      ]);
      expect(decodeCutEverywhere(`${afterFormat2} ${begin}`)).toMatchObject([
        { timestamp: 1 },
        { timestamp: 0x1020305 },
        { timestamp: 0x2040609, payload: "ccdd" },
      ]);
    }
  });

  it("does not mix the extended timestamps of interleaved chunk streams", () => {
    const video = counting(130);
    const audio = counting(131);
    const input = `
      06 ffffff 000082 09 01000000 01020304 ${video.slice(0, 256)}
      04 ffffff 000083 08 01000000 05060708 ${audio.slice(0, 256)}
      c6 01020304 ${video.slice(256)}
      c4 05060708 ${audio.slice(256)}`;
    expect(decodeCutEverywhere(input)).toMatchObject([
      { timestamp: 0x1020304, payload: video },
      { timestamp: 0x5060708, payload: audio },
    ]);
  });

  it("goes by a continuation header's own timestamp field, whatever the first header had", () => {
    const payload = `${counting(128)}0102`;
    const plain = "46 000007 000082 09";
    const extended = "46 ffffff 000082 09 01020304";
    const first = "06 ffffff 000082 09 01000000 01020304";
    const expected = { timestamp: 0x1020304, payload };
    expect(decodeCutEverywhere(inChunks(first, payload, 128, plain))).toMatchObject([expected]);
    expect(decodeCutEverywhere(inChunks(first, payload, 128, extended))).toMatchObject([expected]);
    expect(decodeCutEverywhere(inChunks("46 00000a 000082 09", payload, 128, extended))).toMatchObject([
      { timestamp: 10, payload },
    ]);
  });
});
