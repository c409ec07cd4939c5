import type { RtmpUrl } from "@headgate/session";

/** Identifies a server: two URLs with the same address are one origin. */
export function addressOf({ scheme, host, port }: RtmpUrl): string {
  return `${scheme}://${host}:${port}`;
}
