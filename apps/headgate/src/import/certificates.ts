import { dirname, isAbsolute, join } from "node:path";
import { CertificateError, type CertificateFiles, readCertificate } from "@headgate/tls";
import type { Part } from "./part.ts";
import type { Report } from "./report.ts";

/** The name of a file, and the part that has it, if it is no default. */
export interface NamedFile {
  readonly part: Part | undefined;
  readonly name: string;
}

/**
 * A pair of PEM files that can be used: as they are named, or else beside the configuration that names them. Without one, which
 * is reported, Headgate makes a development certificate.
 */
export function usableCertificate(
  cert: NamedFile,
  key: NamedFile,
  configuration: string,
  report: Report,
): CertificateFiles | undefined {
  const problems: string[] = [];
  for (const folder of [".", dirname(configuration)]) {
    const files = { cert: inFolder(folder, cert.name), key: inFolder(folder, key.name) };
    const problem = problemWith(files);
    if (problem === undefined) return files;
    problems.push(problem);
  }
  for (const { part } of [cert, key])
    if (part) report.left(part, `${problems[0]}; name one in tls.certificates`);
  return undefined;
}

function inFolder(folder: string, name: string): string {
  return isAbsolute(name) || folder === "." ? name : join(folder, name);
}

function problemWith(files: CertificateFiles): string | undefined {
  try {
    readCertificate(files, Date.now());
    return undefined;
  } catch (error) {
    if (error instanceof CertificateError) return error.message;
    throw error;
  }
}
