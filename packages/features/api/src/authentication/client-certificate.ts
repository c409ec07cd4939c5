import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Caller, CallerRefusal } from "./scopes.ts";
import type { ClientOptions, Subject } from "./tls-config.ts";

/** Who the client is by its certificate; undefined if it has shown none. */
export function callerOf(
  socket: Socket,
  clients: readonly ClientOptions[],
): Caller | CallerRefusal | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const shown = socket.getPeerCertificate();
  if (shown.subject === undefined) return undefined;
  if (!socket.authorized) return "CERTIFICATE_INVALID";
  const attributes = shown.subject as unknown as Readonly<Record<string, string | readonly string[]>>;
  const client = clients.find(({ subject }) => fits(subject, attributes));
  if (!client) return "CERTIFICATE_UNKNOWN";
  const name = Object.entries(attributes).map(([key, text]) => `${key}=${[text].flat().join("+")}`);
  return { name: name.join(", "), by: "certificate", scopes: client.scopes };
}

/** An attribute may be there several times. */
function fits(subject: Subject, attributes: Readonly<Record<string, string | readonly string[]>>): boolean {
  return [...subject].every(
    ([name, text]) => Object.hasOwn(attributes, name) && [attributes[name]].flat().includes(text),
  );
}
