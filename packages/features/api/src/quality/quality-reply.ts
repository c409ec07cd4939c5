import { listOf, number, object, orNull, type Schema, text } from "../schema.ts";
import type { Columns, FIELDS } from "./history.ts";

type Field = (typeof FIELDS)[number];

const MEANINGS: Readonly<Record<Field, string>> = {
  bitrate_kbps: "Kilobits: of media for a stream, of all that a publisher sends, of all that a viewer gets.",
  fps: "Pictures that were published. Null for a session that only plays.",
  drops: "How often viewers lost their place because they were too slow. Null for a publisher.",
  rtt_ms:
    "To the client, or to the stream's publisher, and back, by its last ping. Null until it has answered one.",
  lag_ms:
    "How long the oldest message that waits for the viewer has waited; of a stream, the longest of its viewers that have a history.",
  buffer_ms:
    "The length of buffer that the player has told; of a stream, the least of those viewers. Null if none was told.",
};

/** The last seconds of a stream or a session. */
export interface QualityReply extends Columns {
  readonly id: string;
  readonly interval_ms: number;
  readonly seq: number;
  readonly time: number;
}

/** One second of it. */
export type QualityEvent = Pick<QualityReply, "id" | "seq" | "time"> & Readonly<Record<Field, number | null>>;

function byField<Of>(make: (meaning: string) => Of): Readonly<Record<Field, Of>> {
  const entries = Object.entries(MEANINGS).map(([field, meaning]) => [field, make(meaning)]);
  return Object.fromEntries(entries) as Record<Field, Of>;
}

const SEQ = number("The number of the newest second, by which answers of one process can be put together.");
const TIME = number("When the newest second was over. Milliseconds since 1970.");

export const QUALITY: Schema<QualityReply> = object<QualityReply>({
  id: text("The stream's path, or the client's id."),
  interval_ms: number("Between two entries of a list: always 1000."),
  seq: SEQ,
  time: TIME,
  ...byField((meaning) => listOf(orNull(number("")), `A second each, the oldest first. ${meaning}`)),
});

export const QUALITY_EVENT: Schema<QualityEvent> = object<QualityEvent>({
  id: text("The stream's path, or the client's id."),
  seq: SEQ,
  time: TIME,
  ...byField((meaning) => orNull(number(meaning))),
});

/** The seconds after `seq`, one by one. */
export function eventsOf({ interval_ms, ...reply }: QualityReply, seq: number): readonly QualityEvent[] {
  const count = reply.fps.length;
  const events: QualityEvent[] = [];
  for (let index = Math.max(0, count - (reply.seq - seq)); index < count; index += 1) {
    const back = count - 1 - index;
    const values = byField(() => null) as Record<Field, number | null>;
    for (const field of Object.keys(MEANINGS) as Field[]) values[field] = reply[field][index]!;
    events.push({ id: reply.id, seq: reply.seq - back, time: reply.time - back * interval_ms, ...values });
  }
  return events;
}
