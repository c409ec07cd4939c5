import type { SpanFormat } from "./spans/span-writer.ts";

/** Recordings of one answer, at most. */
const MAX_LISTED = 1_000;

/** Seconds of a span, at most: a day. */
const MAX_SPAN_SECONDS = 86_400;

/** Longer than any path of a stream. Characters. */
const MAX_PATH_LENGTH = 1_024;

export interface SpanQuery {
  readonly start: string;
  readonly duration: number;
  readonly format: SpanFormat;
}

export const SPAN_QUERY: object = {
  type: "object",
  required: ["start", "duration"],
  properties: {
    start: {
      type: "string",
      maxLength: 64,
      description: "Where it begins: a time such as 2026-11-29T14:00:00Z.",
    },
    duration: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: MAX_SPAN_SECONDS,
      description: "How long it is at most. Seconds.",
    },
    format: {
      type: "string",
      enum: ["mp4", "m4a", "flv", "mp3"],
      default: "mp4",
      description: "What is sent.",
    },
  },
};

export interface ListQuery {
  readonly stream?: string;
  readonly start: number;
  readonly count: number;
}

export const LIST_QUERY: object = {
  type: "object",
  properties: {
    stream: { type: "string", description: "Only those of the stream with this path." },
    start: { type: "integer", minimum: 0, default: 0, description: "The first entry, counted from 0." },
    count: {
      type: "integer",
      minimum: 1,
      maximum: MAX_LISTED,
      default: 100,
      description: "How many entries at most.",
    },
  },
};

const text = (description: string): object => ({ type: "string", description });
const orNull = (type: string, description: string): object => ({ type: [type, "null"], description });

function object(properties: Readonly<Record<string, object>>): object {
  return { type: "object", required: Object.keys(properties), properties };
}

const RECORDING: object = object({
  file: text("Its path below the root of recordings."),
  stream: text("The path of its stream."),
  format: { type: "string", enum: ["mp4", "flv"] },
  state: { type: "string", enum: ["recording", "complete", "failed"] },
  started: text("When its first frame arrived."),
  ended: orNull("string", "When it ended; null while it is written."),
  recording: text("The file that the recording begins with which this one is a part of."),
  positionMs: { type: "number", description: "Where in that recording it begins." },
  durationMs: orNull("number", "How long it is, once it is complete."),
  bytes: orNull("number", "How large it is, once it has ended."),
  upload: orNull("string", "pending, uploading, uploaded or failed; null if it is not to be uploaded."),
  uploadTries: { type: "number", description: "How often its upload was tried." },
});

export const LIST_REPLY: object = object({
  total: { type: "number", description: "How many there are." },
  recordings: { type: "array", items: RECORDING },
});

export const DELETED_REPLY: object = object({ file: text("What was deleted.") });

export const FILE_PARAMS: object = object({ "*": text("The file, as the list has it.") });

export const STREAM_PARAMS: object = object({ "*": text("The path of the stream.") });

export const STREAM_BODY: object = {
  ...object({
    stream: {
      type: "string",
      minLength: 1,
      maxLength: MAX_PATH_LENGTH,
      description: "The path of the stream.",
    },
  }),
  additionalProperties: false,
};

export const STREAM_REPLY: object = object({
  stream: text("The path of the stream."),
  file: orNull("string", "The file that is written, or was; null if there is none so far."),
});

export const FAILURE_REPLY: object = object({ error: text("A code and a sentence.") });
