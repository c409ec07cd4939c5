import { RtmpUrl } from "@headgate/session";
import { LoadError } from "./load-error.ts";

/** Parses the URL to publish to or play from. Throws a LoadError, which does not repeat the text, as it may hold secrets. */
export function parseStreamUrl(text: string): RtmpUrl {
  const url = RtmpUrl.parse(text);
  if (url && url.stream !== "") return url;
  throw new LoadError(
    "usage",
    "this is not the URL of a stream: it must look like rtmp://HOST[:PORT]/APPLICATION/STREAM (or rtmps, rtmpt, rtmpts, rtmpe, rtmpte)",
  );
}

/** The URLs of this stream and of others beside it. */
export function streamUrls(first: RtmpUrl, count: number): readonly RtmpUrl[] {
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? first : first.at(first.application, `${first.stream}-${index}`),
  );
}
