export { CertificateError, type CertificateFiles } from "./certificate.ts";
export { type TlsOptions, TlsServer, type TlsVersion } from "./tls-server.ts";
export { watchFiles } from "./watch-files.ts";
