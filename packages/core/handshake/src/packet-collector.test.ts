import { byteByByte, Random, randomCuts } from "@headgate/testkit";
import { expect, test } from "vitest";
import { PacketCollector } from "./packet-collector.ts";

test("a packet that arrives whole is a view of the input, and what follows it stays there", () => {
  const input = new Random(1).bytes(150);
  const collector = new PacketCollector(100);
  expect(collector.collect(input)).toBe(100);
  const packet = collector.takePacket();
  expect(packet).toEqual(input.subarray(0, 100));
  expect(packet?.buffer).toBe(input.buffer);
});

test("a packet cut into parts is put together, and nothing is handed out before its last byte", () => {
  const input = new Random(2).bytes(100);
  const cuts = [
    byteByByte(input),
    randomCuts(input, new Random(3)),
    [input.subarray(0, 99), input.subarray(99)],
  ];
  for (const parts of cuts) {
    const collector = new PacketCollector(100);
    let fed = 0;
    for (const part of parts) {
      expect(fed < 100 && collector.takePacket()).toBe(fed < 100 ? undefined : false);
      expect(collector.collect(part)).toBe(part.length);
      fed += part.length;
      expect(collector.bufferedBytes).toBe(fed);
    }
    expect(collector.takePacket()).toEqual(input);
    expect(collector.bufferedBytes).toBe(0);
  }
});

test("it never takes more than one packet", () => {
  const collector = new PacketCollector(10);
  expect(collector.collect(new Uint8Array(4))).toBe(4);
  expect(collector.collect(new Uint8Array(4000))).toBe(6);
  expect(collector.collect(new Uint8Array(4000))).toBe(0);
  expect(collector.bufferedBytes).toBe(10);
});
