import { expect, it } from "vitest";
import { KEPT_MS, MAX_KEPT_REPLIES, MAX_KEPT_REPLY_BYTES } from "./limits.ts";
import { ReplyCache } from "./reply-cache.ts";
import type { TunnelReply } from "./tunnel-reply.ts";

const reply = (length: number): TunnelReply => ({ interval: 1, pieces: [], length });

it("keeps the last replies, and not too many of them", () => {
  const replies = new ReplyCache();
  for (let sequence = 0; sequence <= MAX_KEPT_REPLIES; sequence += 1)
    replies.keep(sequence, reply(sequence), 0);
  expect([replies.get(0), replies.get(1)?.length]).toEqual([undefined, 1]);
});

it("keeps the last one whatever its size, and no other beside it that would be too much", () => {
  const replies = new ReplyCache();
  replies.keep(0, reply(1), 0);
  replies.keep(1, reply(MAX_KEPT_REPLY_BYTES), 0);
  expect([replies.get(0), replies.get(1)?.length]).toEqual([undefined, MAX_KEPT_REPLY_BYTES]);
});

it("keeps none for long once there is another", () => {
  const replies = new ReplyCache();
  replies.keep(0, reply(1), 0);
  replies.keep(1, reply(1), KEPT_MS);
  expect(replies.get(0)?.length).toBe(1);
  replies.keep(2, reply(1), KEPT_MS + 1);
  expect([replies.get(0), replies.get(1)?.length]).toEqual([undefined, 1]);
});
