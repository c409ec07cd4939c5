import { file, listOf, parsed, type Section, someOf } from "@headgate/config";
import { SCOPES, type TokenScope } from "./scopes.ts";

/** The TLS of the admin server. Names of files; empty: none. */
export interface AdminTlsOptions {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
  readonly clients: readonly ClientOptions[];
}

/** Clients whose certificates have this subject. */
export interface ClientOptions {
  readonly subject: Subject;
  readonly scopes: readonly TokenScope[];
}

/** Attributes of a certificate's subject, by their names. */
export type Subject = ReadonlyMap<string, string>;

const CLIENT: Section<ClientOptions> = {
  subject: parsed<Subject>("subject", {
    expects: 'attributes of a subject such as "CN=ops, O=Example"',
    parse: (written) => (typeof written === "string" ? subjectIn(written) : undefined),
    format: (subject) => [...subject].map((attribute) => attribute.join("=")).join(", "),
    reload: "restart",
    description:
      "The subject of their certificates: CN=ops, O=Example. Each attribute that is named here must be the same there; others do not count.",
  }),
  scopes: someOf("scopes", SCOPES, {
    reload: "restart",
    description: "What they may do, as for a token.",
  }),
};

export const ADMIN_TLS: Section<AdminTlsOptions> = {
  cert: file("cert", {
    default: "",
    reload: "restart",
    description:
      "The certificate, followed by those up to its authority, in PEM form. With it the admin server speaks HTTPS alone. Read again when it changes.",
  }),
  key: file("key", { default: "", reload: "restart", description: "Its private key, in PEM form." }),
  clientCa: file("clientCa", {
    default: "",
    reload: "restart",
    description: "The authorities that clients' certificates must be from (mTLS), in PEM form.",
  }),
  clients: listOf("clients", CLIENT, {
    reload: "restart",
    description:
      "Which of those certificates may do what: the first entry that fits counts, and a certificate without one may do nothing.",
    example: "{ subject: CN=ops, scopes: [read, control] }",
  }),
};

/** `CN=ops, O=Example`, with a backslash before a comma that is part of a value. */
function subjectIn(written: string): Subject | undefined {
  const attributes = written
    .split(/(?<!\\),/)
    .map((attribute) => /^\s*([a-z]+)\s*=\s*(.+?)\s*$/i.exec(attribute));
  if (!attributes.every((attribute) => attribute !== null)) return undefined;
  const subject = new Map(
    attributes.map(([, name = "", text = ""]) => [name, text.replaceAll("\\,", ",")] as const),
  );
  return subject.size === attributes.length ? subject : undefined;
}
