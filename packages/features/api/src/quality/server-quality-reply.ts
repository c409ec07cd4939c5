import { Type } from "typebox";
import type { Described } from "../described.ts";
import type { ServerField } from "./server-fields.ts";

const MEANINGS: Readonly<Record<ServerField, string>> = {
  cpu_percent: "Of one processor; with workers it can be more than 100.",
  loop_delay_ms: "The longest time that a process had no time for a timer.",
  merge_window_ms: "How long messages are gathered for one write to a viewer.",
  memory_mbyte: "Resident.",
  streams: "That are published or waited for.",
  viewers: "Of all streams.",
  clients: "Sessions.",
  recv_kbps: "From all clients. Kilobits.",
  send_kbps: "To all clients. Kilobits.",
};

const SOME = Type.Union([Type.Number(), Type.Null()]);

function listOf(meaning: string) {
  return Type.Array(SOME, { description: `A second each, the oldest first. ${meaning}` });
}

const COLUMNS = Object.fromEntries(
  Object.entries(MEANINGS).map(([field, meaning]) => [field, listOf(meaning)]),
) as Readonly<Record<ServerField, ReturnType<typeof listOf>>>;

/** The last seconds of the server. */
export const SERVER_QUALITY = Type.Object({
  interval_ms: Type.Number({ description: "Between two entries of a list: always 1000." }),
  seq: Type.Number({
    description: "The number of the newest second, by which answers of one process can be put together.",
  }),
  time: Type.Number({ description: "When the newest second was over. Milliseconds since 1970." }),
  ...COLUMNS,
});

export type ServerQualityReply = Described<typeof SERVER_QUALITY>;
