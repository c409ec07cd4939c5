import { makeDevelopmentCertificate, ownNames } from "./development-certificate.ts";
import { reportProblems } from "./report-problems.ts";

/** Makes a development certificate, and prints where it is and how clients can trust it. */
export function certsInit(given: readonly string[], { folder }: { readonly folder: string }): void {
  const names = given.length > 0 ? given : ownNames();
  try {
    const { ca, cert, key } = makeDevelopmentCertificate(folder, names);
    process.stdout.write(`${cert}  for ${names.join(", ")}
${key}  its private key: keep it to yourself
${ca}  the authority: clients that verify certificates must trust this one
`);
  } catch (error) {
    reportProblems([`${folder}: ${(error as Error).message}`], "no certificate was made.");
  }
}
