import { FlvWriter } from "@headgate/flv-file";
import { Fmp4Writer, type Steps, unsupportedCodec } from "@headgate/fmp4";
import type { Message } from "@headgate/message";
import type { RecordingFormat } from "./config.ts";
import { LEAST_SAVED_MESSAGES } from "./playing/saved-indexes.ts";
import type { Patch } from "./recording-file.ts";

/** Makes a file's bytes of a stream's messages, in the order in which they are to be written. */
export interface RecordingWriter {
  readonly durationMs: number;
  write(message: Message): void;
  /** What is to be appended to the file by now. */
  take(): readonly Uint8Array[];
  /** What makes an ordinary file of it, step by step: what is to be appended, and then overwritten. */
  finish(): Steps<{ readonly tail: readonly Uint8Array[]; readonly patches: readonly Patch[] }>;
  /** The index of a finished file, if making it anew takes long. */
  saveIndex(): Uint8Array | undefined;
  /** Whether the file cannot go on with this message. */
  needsNewFile(message: Message): boolean;
}

export function canBeMp4(message: Message): boolean {
  return unsupportedCodec(message) === undefined;
}

/** `startedMs`: when the first frame arrived, in milliseconds since the Unix epoch. */
export function createWriter(format: RecordingFormat, startedMs: number): RecordingWriter {
  return format === "mp4" ? mp4Writer(startedMs) : flvWriter(startedMs);
}

function mp4Writer(startedMs: number): RecordingWriter {
  const writer = new Fmp4Writer({ startedMs });
  return {
    get durationMs() {
      return writer.durationMs;
    },
    write: (message) => writer.write(message),
    take: () => writer.take(),
    *finish() {
      const { tail, patch } = yield* writer.finishInSteps();
      return { tail, patches: [patch] };
    },
    saveIndex: () => undefined,
    needsNewFile: (message) => writer.needsNewFile(message),
  };
}

function flvWriter(startedMs: number): RecordingWriter {
  const writer = new FlvWriter({ startedMs });
  return {
    get durationMs() {
      return writer.durationMs;
    },
    write: (message) => {
      if (!writer.isFull) writer.write(message);
    },
    take: () => writer.take(),
    *finish() {
      yield;
      return writer.finish();
    },
    saveIndex: () => (writer.index.count >= LEAST_SAVED_MESSAGES ? writer.save() : undefined),
    needsNewFile: () => writer.isFull,
  };
}
