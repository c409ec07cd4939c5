import { RtmpUrl } from "@headgate/session";

/** Marks where Headgate fills in a name. What another server has in its URLs may contain none. */
const PLACEHOLDER = /[{}]/;

/** Whether Headgate can reach it, and nothing in it would be filled in. */
export function isRelayUrl(url: string): boolean {
  return RtmpUrl.parse(url) !== undefined && !PLACEHOLDER.test(url);
}
