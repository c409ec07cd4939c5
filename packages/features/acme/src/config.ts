import { domainToASCII } from "node:url";
import { list, optional, parsed, type Section, text, value } from "@headgate/config";

/** Certificates that the server obtains itself, for the names of one listener. */
export interface AcmeSettings {
  /** Without any, none is obtained. */
  readonly domains: readonly string[];
  readonly email: string | undefined;
  readonly directory: string;
  readonly folder: string;
}

export const ACME: Section<AcmeSettings> = {
  domains: list("domains", {
    items: value({
      expects: 'a host name such as "stream.example.com", without wildcard',
      parse: (written) => (typeof written === "string" ? domainOf(written) : undefined),
    }),
    needsDifferent: true,
    reload: "restart",
    description:
      "Host names for which Headgate obtains one certificate and renews it. The authority must reach this server by each of them, on port 80 or 443. Naming one agrees to the authority's terms of service.",
  }),
  email: optional("email", {
    expects: 'an e-mail address such as "ops@example.com"',
    parse: (written) =>
      typeof written === "string" && /^[^\s@<>,;?]+@[^\s@<>,;?]+$/.test(written) ? written : undefined,
    reload: "restart",
    description: "Where the authority may write to. Not every authority wants it.",
  }),
  directory: parsed("directory", {
    default: "https://acme-v02.api.letsencrypt.org/directory",
    expects: 'the https URL of an ACME directory such as "https://acme-v02.api.letsencrypt.org/directory"',
    parse: (written) =>
      typeof written === "string" && /^https:\/\//i.test(written) && URL.canParse(written)
        ? written
        : undefined,
    reload: "restart",
    description:
      "The authority. https://acme-staging-v02.api.letsencrypt.org/directory is for trials: its certificates are not trusted, and its limits are high.",
  }),
  folder: text("folder", {
    default: "acme",
    reload: "restart",
    description:
      "Where the account's key and the certificates are kept, for the owner alone. It must outlive the process: authorities issue the same certificate a few times a week only.",
  }),
};

/** In the form of DNS, in which it stands in certificates. */
function domainOf(written: string): string | undefined {
  const name = domainToASCII(written);
  return name.length <= MAX_NAME_LENGTH && DOMAIN.test(name) ? name : undefined;
}

/** DNS has names of 253 characters, but this becomes part of the name of a file, of which there are 255. */
const MAX_NAME_LENGTH = 230;

/** At least two levels, of which the last is no number: that would be an address. */
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
