import type { StreamKey, StreamNames } from "@headgate/bus";

/** The live stream that an item means: of the playlist's application or, with a slash, by a path on its host or on another one. */
export function liveNames({ virtualHost, application }: StreamKey, written: string): StreamNames {
  const [, host, path] = /^\/\/([^/]*)\/(.*)$/.exec(written) ?? [];
  if (path !== undefined) return { virtualHost: host!, application: "", name: path };
  if (written.includes("/")) return { virtualHost, application: "", name: written };
  return { virtualHost, application, name: written };
}
