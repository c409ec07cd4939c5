import { file, listOf, oneOf, type Section } from "@headgate/config";
import type { CertificateFiles } from "./certificate.ts";

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** TLS of one listener. */
export interface TlsSettings {
  /** The first is also for clients that send no host name, such as librtmp. */
  readonly certificates: readonly CertificateFiles[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
}

/** From old to new. */
export const TLS_VERSIONS: readonly TlsVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

const CERTIFICATE: Section<CertificateFiles> = {
  cert: file("cert", {
    reload: "listener",
    description: "The certificate, followed by those up to its authority, in PEM form.",
  }),
  key: file("key", { reload: "listener", description: "Its private key, in PEM form." }),
};

export const TLS: Section<TlsSettings> = {
  certificates: listOf("certificates", CERTIFICATE, {
    reload: "listener",
    description:
      "PEM files, read again when they change. Chosen by the host name that a client asks for; the first is also for clients that send none. If no listener has any, a development certificate is used, and made if necessary: certs/.",
    example:
      "{ cert: /etc/letsencrypt/live/example.com/fullchain.pem, key: /etc/letsencrypt/live/example.com/privkey.pem }",
  }),
  minVersion: oneOf("minVersion", TLS_VERSIONS, {
    default: "TLSv1.2",
    reload: "listener",
    description:
      "TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3. The first two are not safe: only for players that have nothing newer.",
  }),
  maxVersion: oneOf("maxVersion", TLS_VERSIONS, {
    default: "TLSv1.3",
    reload: "listener",
    description: "rtmpdump and other programs with librtmp need TLSv1.2 here.",
  }),
};
