import { X509Certificate } from "node:crypto";
import type { AdminTlsOptions } from "@headgate/api";
import { readRegularFile } from "@headgate/config";
import type { AdminServerOptions } from "@headgate/http-server";
import { CertificateError, MAX_PEM_BYTES, readCertificate } from "@headgate/tls";

export type AdminCertificates = NonNullable<AdminServerOptions["certificates"]>;

/** Undefined without TLS. Throws a CertificateError if a file cannot be used. */
export function readAdminCertificates({
  cert,
  key,
  clientCa,
}: AdminTlsOptions): AdminCertificates | undefined {
  if (cert === "") return undefined;
  const { certPem, keyPem } = readCertificate({ cert, key }, Date.now());
  return { cert: certPem, key: keyPem, ...(clientCa !== "" && { ca: readAuthorities(clientCa) }) };
}

function readAuthorities(file: string): string {
  try {
    const pem = readRegularFile(file, MAX_PEM_BYTES).toString();
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "cannot be read: there is no such file" : "is no certificate in PEM form";
    throw new CertificateError(`${file} ${why}`);
  }
}
