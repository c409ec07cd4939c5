/** How a person says which certificates to accept: as options of a command, or as keys of the configuration. */
export interface TrustWords {
  /** Trust the authorities in a file. */
  readonly ca: string;
  /** Accept any certificate. */
  readonly insecure: string;
}

/** Why a server's certificate was not accepted, and what helps. Undefined if the error is another one. */
export function certificateProblem(
  { code = "", message }: NodeJS.ErrnoException,
  { ca, insecure }: TrustWords,
): string | undefined {
  const anyway = `accept any certificate with ${insecure}`;
  if (code === "CERT_HAS_EXPIRED") return `its certificate has expired; renew it there, or ${anyway}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `its certificate is for other names: ${shortened(message)} Use one of those, or ${anyway}`;
  if (!NOT_TRUSTED.test(code)) return undefined;
  return `its certificate is not trusted: ${message}; trust its authority with ${ca}, or ${anyway}`;
}

/** What is told of the names in a server's certificate, which can be thousands. */
const MAX_NAMES_LENGTH = 300;

function shortened(text: string): string {
  return text.length > MAX_NAMES_LENGTH ? `${text.slice(0, MAX_NAMES_LENGTH)}...` : text;
}

const NOT_TRUSTED = /CERT|SELF_SIGNED|UNABLE_TO/;
