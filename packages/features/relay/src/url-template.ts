import type { RtmpUrl } from "@headgate/session";

export interface StreamNames {
  readonly application: string;
  readonly stream: string;
  /** The query of the publisher's URL; empty for a stream that is fetched. */
  readonly query: string;
}

/**
 * The URL for one stream: `{app}`, `{stream}` and `{key}`, which is the stream with its query, are filled in. If a URL ends
 * with its application, the stream's name is appended.
 */
export function urlFor(template: RtmpUrl, { application, stream, query }: StreamNames): RtmpUrl {
  const key = query === "" ? stream : `${stream}?${query}`;
  const values: Readonly<Record<string, string>> = { app: application, stream, key };
  const fill = (text: string): string => text.replace(/\{(app|stream|key)\}/g, (_, name) => values[name]!);
  return template.at(
    fill(template.application),
    fill(template.stream === "" ? "{stream}" : template.stream),
    fill(template.query),
  );
}
