import { Acme } from "@headgate/acme";
import type { Faults } from "@headgate/transport";
import type { Logger } from "pino";
import { hasTls, type ListenerOptions } from "./config/config.ts";

/** What obtains the certificates that listeners want of an authority; undefined if none does. */
export function createAcme(
  listeners: readonly ListenerOptions[],
  log: Logger,
  faults: Faults,
): Acme | undefined {
  const wanting = listeners.filter((listener) => hasTls(listener) && listener.tls.acme.domains.length > 0);
  const settings = wanting.map(({ tls }) => tls.acme);
  if (settings.length === 0) return undefined;
  // The authority asks on port 80 or 443, from which a router or a container may lead to any listener.
  const hasHttp = listeners.some(({ protocols }) => protocols.includes("http"));
  return new Acme({ settings, types: hasHttp ? ["http-01", "tls-alpn-01"] : ["tls-alpn-01"], log, faults });
}
