import type { AdminOptions } from "./config/config.ts";
import { hostInUrl } from "./local-address.ts";

/** Where the admin server answers. */
export function adminUrl({ host, port, tls }: Pick<AdminOptions, "host" | "port" | "tls">): string {
  return `${tls.cert === "" ? "http" : "https"}://${hostInUrl(host)}:${port}`;
}

/** The same, seen from this machine. */
export function localAdminUrl({ host, ...rest }: Parameters<typeof adminUrl>[0]): string {
  return adminUrl({ host: OWN_ADDRESSES.get(host) ?? host, ...rest });
}

/** Where a server answers that listens on all addresses. */
const OWN_ADDRESSES: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
]);
