/** How SRS calls the virtual host of streams that have none. */
const DEFAULT_VIRTUAL_HOST = "__defaultVhost__";

export function virtualHostId(virtualHost: string): string {
  return virtualHost === "" ? DEFAULT_VIRTUAL_HOST : virtualHost;
}

/** A URL as it may be shown: without user, password, query and fragment, where secrets live. */
export function shownUrl(written: string): string {
  return written.replace(/[?#].*$/s, "").replace(/^([a-z]+:\/\/)[^/]*@/i, "$1");
}
