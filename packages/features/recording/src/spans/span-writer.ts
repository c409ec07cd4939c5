import { audioTrackData, parseAudioHeader } from "@headgate/flv";
import { Fmp4Writer } from "@headgate/fmp4";
import { type Message, MessageType } from "@headgate/message";

export type SpanFormat = "mp4" | "m4a" | "mp3";

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
  return format === "mp3" ? mp3Writer() : mp4Writer(format, startedMs);
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

/** Frames one behind the other. */
function mp3Writer(): SpanWriter {
  let frames: Uint8Array[] = [];
  const take = (): readonly Uint8Array[] => {
    const taken = frames;
    frames = [];
    return taken;
  };
  return {
    contentType: "audio/mpeg",
    write: ({ type, payload }) => {
      if (type !== MessageType.audio) return true;
      const header = parseAudioHeader(payload);
      if (header.kind !== "frames") return header.tracks[0]?.codec === "MP3";
      const [track] = audioTrackData(header, payload);
      if (track?.codec !== "MP3") return false;
      frames.push(payload.slice(track.from, track.to));
      return true;
    },
    take,
    end: take,
  };
}
