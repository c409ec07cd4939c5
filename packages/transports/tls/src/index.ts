export { Authorities } from "./authorities.ts";
export {
  CertificateError,
  type CertificateFiles,
  MAX_PEM_BYTES,
  readAuthorities,
  readCertificate,
} from "./certificate.ts";
export { certificateProblem, type TrustWords } from "./certificate-problem.ts";
export { TLS, TLS_VERSIONS, type TlsSettings } from "./config.ts";
export { TlsClient, type TlsClientOptions } from "./tls-client.ts";
export { type CertificateExpiry, type Proof, TlsServer } from "./tls-server.ts";
export { watchFiles } from "./watch-files.ts";
