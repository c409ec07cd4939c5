import type { Stream } from "@headgate/bus";
import { OPEN_TO_PAGES } from "@headgate/feature";
import { writeFlvHeader } from "@headgate/flv";
import type { Media } from "./flv-framing.ts";

/** The live stream ends with the connection: nothing has to be said of its length, and nothing added to what viewers share. */
const HEADERS = {
  "content-type": "video/x-flv",
  "cache-control": "no-store",
  // nginx in front passes on what it gets at once.
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
  connection: "close",
};

/** What comes before the body of a reply that lasts. */
export function replyHead(): string {
  return head("HTTP/1.1 200 OK", { ...OPEN_TO_PAGES, ...HEADERS, date: new Date().toUTCString() });
}

export function head(firstLine: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, text]) => `${name}: ${text}\r\n`);
  return `${firstLine}\r\n${lines.join("")}\r\n`;
}

/** A stream that has had so many frames of one medium and none of the other has only one: more than a second of either. */
const FRAMES_ALONE = 50;

/** Players wait for what the header of FLV announces, so it is what the stream has, as far as that is known. */
export function flvHeader(stream: Pick<Stream, "codecOf" | "meter">, media: Media): Uint8Array {
  const { audioFrames, videoFrames } = stream.meter;
  const lacksAudio = stream.codecOf("audio") === undefined && videoFrames >= FRAMES_ALONE;
  const lacksVideo = stream.codecOf("video") === undefined && audioFrames >= FRAMES_ALONE;
  return writeFlvHeader({
    hasAudio: media !== "video" && !lacksAudio,
    hasVideo: media !== "audio" && !lacksVideo,
  });
}
