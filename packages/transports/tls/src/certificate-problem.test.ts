import { expect, test } from "vitest";
import { certificateProblem } from "./certificate-problem.ts";

test("of a certificate for thousands of other names only the first are told", () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `DNS:${index}.example`).join(", ");
  const message = `Hostname/IP does not match certificate's altnames: Host: origin. is not in the cert's altnames: ${names}`;
  const error = Object.assign(new Error(message), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  const problem = certificateProblem(error, { ca: "--ca FILE", insecure: "--insecure" });
  expect(problem).toMatch(/^its certificate is for other names: .*DNS:0\.example, .*\.\.\. Use one of those/);
  expect(problem?.length).toBeLessThan(500);
});
