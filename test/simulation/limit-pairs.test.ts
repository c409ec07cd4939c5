import { ChunkEncoder } from "@headgate/chunk";
import { DEFAULT_CONNECTION_LIMITS, MAX_WAITING_BYTES } from "@headgate/connection";
import { MAX_BODY_BYTES } from "@headgate/http";
import { MessageType } from "@headgate/message";
import { expect, test } from "vitest";

/** RTMP 1.0 §5.3.1.2: the length has three bytes. */
const LONGEST_MESSAGE_BYTES = 0xffffff;

/** With timestamps that are repeated in each chunk of 128 bytes, which is what a client that says nothing sends. */
function encoded(length: number, type: number): Uint8Array {
  const message = { type, timestamp: 0x1000000, messageStreamId: 1, payload: new Uint8Array(length) };
  return new ChunkEncoder().encode(message, 6);
}

test("a tunnel's request holds the longest message in the smallest chunks, and the messages around it", () => {
  const frames =
    encoded(64 * 1024, MessageType.video).length * 9 + encoded(1024, MessageType.audio).length * 10;
  expect(encoded(LONGEST_MESSAGE_BYTES, MessageType.video).length + frames).toBeLessThan(MAX_BODY_BYTES);
});

test("a request that arrives while another one waits for its turn does not end its connection", () => {
  const waitingBeforeReadingPauses = 256 * 1024;
  expect(MAX_BODY_BYTES + waitingBeforeReadingPauses).toBeLessThan(MAX_WAITING_BYTES);
});

test("unfinished messages of one connection have room for the longest message and for those beside it", () => {
  const { maxMessageBytes, maxPartialBytes } = DEFAULT_CONNECTION_LIMITS.chunk;
  expect(maxPartialBytes).toBeGreaterThanOrEqual(2 * maxMessageBytes);
});
