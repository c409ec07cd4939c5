import { ownText } from "./own-text.ts";

/** A stream's name as published or played, without the query its URL carried. */
export interface StreamName {
  readonly name: string;
  /** The part after `?`, without it; credentials live here, so it must never reach a log. */
  readonly query: string;
  /** As the peer wrote it, with its query. FFmpeg cuts it at 1,017 bytes without a word. */
  readonly written: string;
  /** The container that the peer asks for, if it names one: `mp4` in `mp4:cam`. It belongs to recordings. */
  readonly format?: StreamFormat | undefined;
}

/** Splits `live?key=value` at the first question mark; old players put a format such as `flv:` in front. */
export function parseStreamName(text: string): StreamName {
  const { path, query } = splitQuery(text);
  const format = FORMATS.find((each) => path.startsWith(`${each}:`));
  const name = format === undefined ? path : path.slice(format.length + 1);
  return { name: ownText(name), query, written: text, format };
}

/** The names by which Flash asks for a container; they mean nothing to a live stream. */
const FORMATS = ["flv", "mp4", "f4v", "mp3", "id3", "raw"] as const;

export type StreamFormat = (typeof FORMATS)[number];

export function splitQuery(text: string): { path: string; query: string } {
  const at = text.indexOf("?");
  return at < 0 ? { path: text, query: "" } : { path: text.slice(0, at), query: text.slice(at + 1) };
}
