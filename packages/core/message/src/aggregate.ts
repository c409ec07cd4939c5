import { ByteReader, ProtocolError } from "@headgate/bytes";
import type { Message } from "./message.ts";

const BACK_POINTER_LENGTH = 4;

/**
 * The messages inside an aggregate message, one at a time: FLV tags of any type, whose timestamps count from the first
 * one's and whose stream ids give way to the aggregate's own (RTMP 1.0 §7.1.6). The payloads are views of the aggregate's.
 * Throws AGGREGATE_INVALID if a tag does not fit its aggregate.
 */
export function* splitAggregate(aggregate: Message): Generator<Message, undefined> {
  const reader = new ByteReader(aggregate.payload, "AGGREGATE_INVALID");
  let firstTimestamp: number | undefined;
  while (reader.remaining > 0) {
    const type = reader.u8();
    const length = reader.u24();
    const timestamp = reader.u24() + reader.u8() * 0x1000000;
    reader.u24();
    if (length > reader.remaining) {
      throw new ProtocolError(
        "AGGREGATE_INVALID",
        `a tag of ${length} bytes in an aggregate with ${reader.remaining} bytes left`,
      );
    }
    const payload = reader.take(length);
    reader.take(Math.min(BACK_POINTER_LENGTH, reader.remaining));
    firstTimestamp ??= timestamp;
    yield {
      type,
      timestamp: (aggregate.timestamp + timestamp - firstTimestamp) >>> 0,
      messageStreamId: aggregate.messageStreamId,
      payload,
    };
  }
}
