export { CertificateError, type CertificateFiles } from "./certificate.ts";
export { secureToServer, type TlsClientOptions } from "./tls-client.ts";
export { type CertificateExpiry, type TlsOptions, TlsServer, type TlsVersion } from "./tls-server.ts";
export { watchFiles } from "./watch-files.ts";
