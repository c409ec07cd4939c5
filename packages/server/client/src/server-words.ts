import type { RtmpUrl } from "@headgate/session";
import { hideSecrets } from "./hidden-secrets.ts";

/** What is repeated of a server's words. */
const MAX_REPEATED_LENGTH = 300;

/** With a dot, which no code of ours has: a server cannot pretend that one of ours is meant. */
const SERVER_CODE = /^(?=.{3,64}$)[A-Za-z]\w*(?:\.\w+)+$/;

/** What a server has said. */
interface Said {
  readonly code: string;
  readonly description: string;
}

/**
 * A code and a text to repeat of what the server at a URL has said, in the log, to operators and by tools: bounded, printable, and
 * without secrets of the URL or of `more`.
 */
export function serverWords(
  { code, description }: Said,
  url: RtmpUrl,
  more: readonly string[],
): { readonly code: string; readonly text: string } {
  const isRepeatable = SERVER_CODE.test(code) && hideSecrets(code, url, more) === code;
  const said = [code, description].filter((text) => text !== "").join(": ");
  const text = hideSecrets(said.slice(0, MAX_REPEATED_LENGTH), url, more).replace(/[^\x20-\x7e]/g, "?");
  return { code: isRepeatable ? code : "SERVER_ERROR", text: text || "no reason given" };
}
