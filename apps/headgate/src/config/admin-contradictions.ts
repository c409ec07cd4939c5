import { isIP } from "node:net";
import type { Mistake } from "@headgate/config";
import type { AdminOptions } from "./config.ts";

/** An admin server that other machines reach must know who asks, and a token has a name and a hash of its own. */
export function adminContradictions(admin: AdminOptions): readonly Mistake[] {
  return [
    ...nobodyKnown(admin),
    ...sameNames(admin),
    ...tlsContradictions(admin),
    ...(admin.oidc.issuer !== undefined && admin.oidc.audience === ""
      ? [
          mistake(
            ["oidc"],
            "needs audience, because the issuer has tokens for others, too: the text of the claim aud",
          ),
        ]
      : []),
  ];
}

function nobodyKnown({ host, tokens, oidc, tls }: AdminOptions): readonly Mistake[] {
  const isAsked = tokens.length > 0 || oidc.issuer !== undefined || tls.clientCa !== "";
  if (isAsked || isLoopback(host)) return [];
  return [
    mistake(
      ["host"],
      "can be reached from other machines, so admin.tokens is needed: `headgate token` makes one; or admin.oidc or admin.tls.clientCa",
    ),
  ];
}

function sameNames({ tokens }: AdminOptions): readonly Mistake[] {
  const names = tokens.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [mistake(["tokens", String(index), "name"], `is the name of another token, too: ${name}`)],
  );
}

function tlsContradictions({ tls: { cert, key, clientCa, clients } }: AdminOptions): readonly Mistake[] {
  if ((cert === "") !== (key === "")) return [mistake(["tls"], "needs both cert and key")];
  if (clientCa !== "" && cert === "") return [mistake(["tls", "clientCa"], "needs cert and key")];
  if (clients.length > 0 && clientCa === "")
    return [mistake(["tls", "clients"], "needs clientCa, the authorities that their certificates are from")];
  if (clientCa !== "" && clients.length === 0)
    return [mistake(["tls", "clientCa"], "needs clients, which say what the certificates allow")];
  return [];
}

function mistake(path: readonly string[], sentence: string): Mistake {
  return { path: ["admin", ...path], sentence };
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "localhost" || host === "::1" || /^::ffff:127\./i.test(host);
}
