import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { splitAggregate } from "./aggregate.ts";
import { type Message, MessageType } from "./message.ts";

function aggregate(digits: string, timestamp = 0): Message {
  return { type: MessageType.aggregate, timestamp, messageStreamId: 1, payload: hex(digits) };
}

function timestamps(message: Message): number[] {
  return [...splitAggregate(message)].map((part) => part.timestamp);
}

describe("aggregate message", () => {
  it("splits into the messages that its tags are, with its own message stream id", () => {
    const message = aggregate(
      `08 000002 000064 00 000000 af01             0000000d
       09 000003 000078 00 000007 270100           0000000e
       12 000000 000078 00 000000                  0000000b`,
      100,
    );
    expect([...splitAggregate(message)]).toEqual([
      { type: 8, timestamp: 100, messageStreamId: 1, payload: hex("af01") },
      { type: 9, timestamp: 120, messageStreamId: 1, payload: hex("270100") },
      { type: 18, timestamp: 120, messageStreamId: 1, payload: hex("") },
    ]);
  });

  it("counts timestamps from the first tag's, whatever that is", () => {
    const tags = "08 000000 0003e8 00 000000 0000000b  08 000000 0003fd 00 000000 0000000b";
    expect(timestamps(aggregate(tags, 50))).toEqual([50, 71]);
  });

  it("reads the upper eight bits of a timestamp after the lower ones", () => {
    const tags = "08 000000 fffff0 01 000000 0000000b  08 000000 000010 02 000000 0000000b";
    expect(timestamps(aggregate(tags, 7))).toEqual([7, 7 + 0x20]);
  });

  it("goes backward and wraps at 2^32 as any timestamps do", () => {
    const later = "08 000000 000000 00 000000 0000000b  08 000000 000020 00 000000 0000000b";
    const earlier = "08 000000 000020 00 000000 0000000b  08 000000 000000 00 000000 0000000b";
    const unsigned = "08 000000 fffff0 ff 000000 0000000b  08 000000 000010 00 000000 0000000b";
    expect(timestamps(aggregate(later, 0xfffffff0))).toEqual([0xfffffff0, 0x10]);
    expect(timestamps(aggregate(earlier, 0x10))).toEqual([0x10, 0xfffffff0]);
    expect(timestamps(aggregate(unsigned, 0x10))).toEqual([0x10, 0x30]);
  });

  it.each(["", "00", "000000"])("does without the last back pointer, or with %s of it", (backPointer) => {
    const [first, second, third] = splitAggregate(
      aggregate(`08 000001 000000 00 000000 aa 0000000c  08 000001 000000 00 000000 bb ${backPointer}`),
    );
    expect([first?.payload, second?.payload, third]).toEqual([hex("aa"), hex("bb"), undefined]);
  });

  it("is empty without tags", () => {
    expect([...splitAggregate(aggregate(""))]).toEqual([]);
  });

  it.each([
    ["a tag header cut short", "08 000001 000000 00 0000"],
    ["a tag longer than the rest", "08 000002 000000 00 000000 aa"],
    [
      "a second tag longer than the rest",
      "08 000001 000000 00 000000 aa 0000000c  08 ffffff 000000 00 000000 aa",
    ],
  ])("is refused with %s", (_, tags) => {
    expect(() => [...splitAggregate(aggregate(tags))]).toThrow(
      expect.objectContaining({ name: "ProtocolError", code: "AGGREGATE_INVALID" }),
    );
  });
});
