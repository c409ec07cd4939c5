import { expect, it } from "vitest";
import { InputMemory } from "./input-memory.ts";
import { UnreadReplies } from "./unread-replies.ts";

const KIB = 1024;
const EXCEEDED = expect.objectContaining({ code: "OUTPUT_EXCEEDED" });

function setUp(count: number) {
  const memory = new InputMemory(100 * KIB);
  const peers = Array.from({ length: count }, () => {
    const link = { queuedBytes: 0 };
    const replies = new UnreadReplies(link, memory, () => "192.0.2.1");
    const reply = (bytes: number): void => {
      link.queuedBytes += bytes;
      replies.add(bytes);
    };
    return { link, replies, reply };
  });
  return { memory, peers };
}

it("count together, and a peer with many is ended when they are too many", () => {
  const { memory, peers } = setUp(3);
  const [first, second, third] = peers as [(typeof peers)[0], (typeof peers)[0], (typeof peers)[0]];
  first.reply(60 * KIB);
  second.reply(40 * KIB);
  expect(memory.bytes).toBe(100 * KIB);
  third.reply(10 * KIB);
  expect(() => third.reply(10 * KIB)).toThrow(EXCEEDED);
  third.replies.end();
  expect(memory.bytes).toBe(100 * KIB);
  third.reply(10 * KIB);
  expect(memory.bytes).toBe(100 * KIB);
});

it("of a peer that leaves few are no fault, however many there are", () => {
  const { peers } = setUp(1000);
  for (const { reply } of peers) for (let i = 0; i < 16; i += 1) reply(KIB);
  expect(() => peers[0]!.reply(1)).toThrow(EXCEEDED);
});

it("count no more once they have left, and media behind them does not count", () => {
  const { memory, peers } = setUp(1);
  const { link, replies, reply } = peers[0]!;
  reply(30 * KIB);
  link.queuedBytes += 500 * KIB;
  replies.look();
  expect(memory.bytes).toBe(30 * KIB);
  link.queuedBytes = 10 * KIB;
  replies.look();
  expect(memory.bytes).toBe(10 * KIB);
  link.queuedBytes = 0;
  replies.look();
  expect(memory.bytes).toBe(0);
  replies.add(10);
  expect(memory.bytes).toBe(0);
});
