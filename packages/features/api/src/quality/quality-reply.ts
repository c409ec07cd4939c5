import { Type } from "typebox";
import { type Described, orNull } from "../described.ts";
import type { FIELDS } from "./history.ts";

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

function byField<Of>(make: (meaning: string) => Of): Readonly<Record<Field, Of>> {
  const entries = Object.entries(MEANINGS).map(([field, meaning]) => [field, make(meaning)]);
  return Object.fromEntries(entries) as Record<Field, Of>;
}

const SOME = Type.Union([Type.Number(), Type.Null()]);
const SEQ = Type.Number({
  description: "The number of the newest second, by which answers of one process can be put together.",
});
const TIME = Type.Number({ description: "When the newest second was over. Milliseconds since 1970." });

/** The last seconds of a stream or a session. */
export const QUALITY = Type.Object({
  id: Type.String({ description: "The stream's path, or the client's id." }),
  interval_ms: Type.Number({ description: "Between two entries of a list: always 1000." }),
  seq: SEQ,
  time: TIME,
  ...byField((meaning) => Type.Array(SOME, { description: `A second each, the oldest first. ${meaning}` })),
});

/** One second of it. */
export const QUALITY_EVENT = Type.Object({
  id: Type.String({ description: "The stream's path, or the client's id." }),
  seq: SEQ,
  time: TIME,
  ...byField((meaning) => orNull(Type.Number(), meaning)),
});

export type QualityReply = Described<typeof QUALITY>;
export type QualityEvent = Described<typeof QUALITY_EVENT>;

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
