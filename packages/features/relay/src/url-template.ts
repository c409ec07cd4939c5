import type { RtmpUrl } from "@headgate/session";

export interface StreamNames {
  readonly application: string;
  readonly stream: string;
  /** The query of the publisher's URL; empty for a stream that is fetched. */
  readonly query: string;
}

/**
 * The URL for one stream: `{app}`, `{stream}` and `{key}`, which is the stream with its query, are filled in. If a URL ends
 * with its application, the stream's name is appended. No name leads out of the path that is configured (a StreamKey has none
 * that would), nor out of its place in a query.
 */
export function urlFor(template: RtmpUrl, { application, stream, query }: StreamNames): RtmpUrl {
  const key = query === "" ? stream : `${stream}?${query}`;
  const values: Readonly<Record<string, string>> = { app: application, stream, key };
  const fill = (text: string, spell = asItIs): string =>
    text.replace(/\{(app|stream|key)\}/g, (_, name) => spell(values[name]!));
  return template.at(
    fill(template.application),
    fill(template.stream === "" ? "{stream}" : template.stream),
    fill(template.query, asInQuery),
  );
}

const asItIs = (value: string): string => value;

/** Slashes mean nothing in a query, and names have many. */
const asInQuery = (value: string): string => encodeURIComponent(value).replaceAll("%2F", "/");
