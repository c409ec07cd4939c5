import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import {
  developmentFiles,
  LOCAL_NAMES,
  makeDevelopmentCertificate,
  ownNames,
} from "./development-certificate.ts";
import { printable } from "./printable.ts";
import { reportProblems } from "./report-problems.ts";

/** Makes a development certificate, and prints where it is, what it replaces and how clients can trust it. */
export function certsInit(given: readonly string[], { folder }: { readonly folder: string }): void {
  const problems = given.filter((name) => !isName(name)).map(problemWith);
  if (problems.length > 0) return reportProblems(problems, "no certificate was made.");
  const names = given.length > 0 ? [...new Set([...given, ...LOCAL_NAMES])] : ownNames();
  const { cert, ca } = developmentFiles(folder);
  const replaced = replacedBy(cert);
  const authority = textOf(ca);
  try {
    const { key } = makeDevelopmentCertificate(folder, names);
    const isKept = authority !== undefined && authority === textOf(ca);
    const trust = "clients that verify certificates must trust this one";
    process.stdout.write(`${cert}  for ${names.join(", ")}${replaced}
${key}  its private key: keep it to yourself
${ca}  the authority: ${trust}${isKept ? ", as before" : ""}
`);
  } catch (error) {
    reportProblems([`${folder}: ${(error as Error).message}`], "no certificate was made.");
  }
}

/** A host name, in which `*` may stand for the first level, or an address. */
function isName(text: string): boolean {
  if (isIP(text)) return true;
  const [first = "", ...others] = text.split(".");
  const levels = first === "*" && others.length > 1 ? others : [first, ...others];
  // What looks like an address and is none is a slip.
  const isHost = text.length <= MAX_NAME_LENGTH && levels.every((level) => LEVEL.test(level));
  return isHost && !/^[\d.]+$/.test(text);
}

/** RFC 1035 §2.3.4. */
const MAX_NAME_LENGTH = 253;
const LEVEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

function problemWith(name: string): string {
  const hint = /[/:]/.test(name) ? "; write the host alone, without scheme, port and path" : "";
  return `"${printable(name)}" is neither a host name nor an IP address${hint}`;
}

function replacedBy(file: string): string {
  try {
    const { subjectAltName = "no name" } = new X509Certificate(readFileSync(file));
    const all = subjectAltName.split(", ").map((name) => name.split(/:(.*)/s));
    // Addresses are there twice, but not in certificates of earlier versions.
    const dnsNames = all.filter(([kind]) => kind === "DNS");
    const names = dnsNames.some(([, name = ""]) => isIP(name)) ? dnsNames : all;
    return `; replaces the one for ${names.map(([, name]) => name).join(", ")}`;
  } catch {
    return "";
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
