import { ownText } from "./own-text.ts";

/** A stream's name as published or played, without the query its URL carried. */
export interface StreamName {
  readonly name: string;
  /** The part after `?`, without it; credentials live here, so it must never reach a log. */
  readonly query: string;
  /** As the peer wrote it, with its query. FFmpeg cuts it at 1,017 bytes without a word. */
  readonly written: string;
}

/** Splits `live?key=value` at the first question mark; old players put a format such as `flv:` in front. */
export function parseStreamName(text: string): StreamName {
  const { path, query } = splitQuery(text);
  return { name: ownText(path.replace(FORMAT_PREFIX, "")), query, written: text };
}

/** The names by which Flash asks for a container; `mp4:` belongs to recordings and means nothing to a live stream. */
const FORMAT_PREFIX = /^(flv|mp4|f4v|mp3|id3|raw):/;

export function splitQuery(text: string): { path: string; query: string } {
  const at = text.indexOf("?");
  return at < 0 ? { path: text, query: "" } : { path: text.slice(0, at), query: text.slice(at + 1) };
}
