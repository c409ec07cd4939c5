import { audioTrackData, encodeFlvTag, FLV_TAG_TYPE, parseAudioHeader, writeFlvHeader } from "@headgate/flv";
import { Fmp4Writer } from "@headgate/fmp4";
import { isMetadata, type Message, MessageType } from "@headgate/message";

export type SpanFormat = "mp4" | "m4a" | "flv" | "mp3";

/** Makes one file of messages, to be sent while it is made. */
export interface SpanWriter {
  readonly contentType: string;
  /** Returns whether the file can go on with it. */
  write(message: Message): boolean;
  take(): readonly Uint8Array[];
  /** What is left. */
  end(): readonly Uint8Array[];
}

/** `startedMs`: the time of day of the first message, in milliseconds since the Unix epoch. */
export function spanWriter(format: SpanFormat, startedMs: number): SpanWriter {
  if (format === "mp3") return mp3Writer();
  return format === "flv" ? flvWriter() : mp4Writer(format, startedMs);
}

/** A file that is sent cannot be gone back to, so it is a fragmented one. */
function mp4Writer(format: "mp4" | "m4a", startedMs: number): SpanWriter {
  const writer = new Fmp4Writer({ startedMs });
  return {
    contentType: format === "mp4" ? "video/mp4" : "audio/mp4",
    write: (message) => {
      if (format === "m4a" && message.type !== MessageType.audio) return true;
      if (writer.needsNewFile(message)) return false;
      writer.write(message);
      return true;
    },
    take: () => writer.take(),
    end: () => writer.finishFragments(),
  };
}

const FLV_TYPES: ReadonlySet<number> = new Set(Object.values(FLV_TAG_TYPE));

/** Messages as they were sent, but for metadata, which tells of the files that the span lies in. */
function flvWriter(): SpanWriter {
  const pieces = new Pieces();
  return {
    contentType: "video/x-flv",
    write: (message) => {
      if (!FLV_TYPES.has(message.type) || isMetadata(message.payload)) return true;
      if (!pieces.hasBegun) pieces.add(writeFlvHeader({ hasAudio: true, hasVideo: true }));
      pieces.add(encodeFlvTag(message));
      return true;
    },
    take: () => pieces.take(),
    end: () => pieces.take(),
  };
}

/** Frames one behind the other. */
function mp3Writer(): SpanWriter {
  const frames = new Pieces();
  return {
    contentType: "audio/mpeg",
    write: ({ type, payload }) => {
      if (type !== MessageType.audio) return true;
      const header = parseAudioHeader(payload);
      if (header.kind !== "frames") return header.tracks[0]?.codec === "MP3";
      const [track] = audioTrackData(header, payload);
      if (track?.codec !== "MP3") return false;
      frames.add(payload.slice(track.from, track.to));
      return true;
    },
    take: () => frames.take(),
    end: () => frames.take(),
  };
}

/** What has been written and not yet taken. */
class Pieces {
  hasBegun = false;
  #pieces: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    this.hasBegun = true;
    this.#pieces.push(bytes);
  }

  take(): readonly Uint8Array[] {
    return this.#pieces.splice(0);
  }
}
