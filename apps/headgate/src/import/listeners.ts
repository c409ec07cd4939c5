import type { CertificateFiles } from "@headgate/tls";
import type { Part } from "./part.ts";
import type { Output } from "./rules.ts";

/** Where another server listens, as `1935`, `10.0.0.5:1935`, `[::]:1935` or `:1935`. */
export interface Address {
  /** Undefined for a port alone. */
  readonly host: string | undefined;
  readonly port: number;
}

const DEFAULT_PORT = 1935;

/** The port that Headgate's admin server has unless another is configured. */
const ADMIN_PORT = 1985;

/** Undefined for a text that is no address of TCP. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, colon, port] =
    /^(?:\[([\da-f:.]+)\]|([^:[\]\s/]*))(?:(:)(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || text === "") return undefined;
  if (colon === undefined && /^\d{1,5}$/.test(host)) return { host: undefined, port: Number(host) };
  if (host === "" && colon === undefined) return undefined;
  return { host: host === "" ? undefined : host, port: port === undefined ? DEFAULT_PORT : Number(port) };
}

/** A listener, and the parts that ask for it. */
export interface WantedListener {
  readonly parts: readonly Part[];
  readonly host: string;
  readonly port: number;
  readonly protocols: readonly string[];
  readonly trustedProxies?: readonly string[];
  readonly tls?: { readonly certificates: readonly CertificateFiles[] };
}

const EVERY_IPV4 = "0.0.0.0";
const EVERY_ADDRESS = "::";

/** What other servers need two listeners for, one of ours does. The admin server gives way. */
export function listen({ draft, report }: Output, wanted: readonly WantedListener[]): void {
  const ports = new Set(wanted.filter(({ host }) => host === EVERY_ADDRESS).map(({ port }) => port));
  for (const { parts, ...listener } of wanted) {
    if (listener.host !== EVERY_IPV4 || !ports.has(listener.port))
      draft.append(parts, ["listeners"], listener);
    else
      for (const part of parts) report.needless(part, `the listener "${EVERY_ADDRESS}" takes IPv4 as well`);
  }
  const taken = new Set(wanted.map(({ port }) => port));
  if (!taken.has(ADMIN_PORT)) return;
  let free = ADMIN_PORT + 1;
  while (taken.has(free)) free += 1;
  draft.set(undefined, ["admin", "port"], free);
}
