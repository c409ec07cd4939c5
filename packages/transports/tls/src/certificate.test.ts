import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CertificateError, readCertificate } from "./certificate.ts";
import { fileNamed, writeCertificate } from "./certificates.test.helper.ts";

test("a certificate covers the names it is for, and those alone", () => {
  const certificate = readCertificate(
    writeCertificate("a", { names: ["a.example", "*.b.example"] }),
    Date.now(),
  );
  const names = [
    "a.example",
    "A.EXAMPLE",
    "x.b.example",
    "b.example",
    "x.y.b.example",
    "a.example.evil",
    "",
    "*",
  ];
  expect(names.filter((name) => certificate.covers(name))).toEqual(["a.example", "A.EXAMPLE", "x.b.example"]);
});

test("a chain is valid until the first of its certificates is not", () => {
  const [leaf, above] = [writeCertificate("leaf", { toDays: 9 }), writeCertificate("above", { toDays: 5 })];
  writeFileSync(fileNamed("chain"), readFileSync(leaf.cert, "utf8") + readFileSync(above.cert, "utf8"));
  const daysLeft = (cert: string): number => {
    const { expiresMs } = readCertificate({ cert, key: leaf.key }, Date.now());
    return Math.round((expiresMs - Date.now()) / 86_400_000);
  };
  expect(daysLeft(leaf.cert)).toBe(9);
  expect(daysLeft(fileNamed("chain"))).toBe(5);
});

test("a certificate that has expired, or is not valid yet, is refused with the date", () => {
  const expired = writeCertificate("expired", { fromDays: -9, toDays: -2 });
  expect(() => readCertificate(expired, Date.now())).toThrow(/expired\.crt expired on \w+ +\d+ .* GMT/);
  const early = writeCertificate("early", { fromDays: 2 });
  expect(() => readCertificate(early, Date.now())).toThrow(/early\.crt is not valid before \w+ +\d+ /);
});

test("a key of another certificate is refused", () => {
  const [{ cert }, { key }] = [writeCertificate("one"), writeCertificate("two")];
  expect(() => readCertificate({ cert, key }, Date.now())).toThrow(/one\.crt and .*two\.key do not match/);
});

test("files that are not there, are something else, or are cut off are refused by name", () => {
  const { cert, key } = writeCertificate("good");
  const [missing, empty, half] = ["missing", "empty", "half"].map(fileNamed) as [string, string, string];
  writeFileSync(empty, "");
  writeFileSync(half, readFileSync(cert, "utf8").slice(0, 300));
  const refusal = (files: { cert: string; key: string }): string => {
    try {
      readCertificate(files, Date.now());
    } catch (error) {
      if (error instanceof CertificateError) return error.message;
    }
    return "not refused";
  };
  expect(refusal({ cert: missing, key })).toBe(`${missing} cannot be read: there is no such file`);
  // Others, such as a pipe, would be read without end.
  const device = "/dev/null";
  expect(refusal({ cert: device, key })).toBe(`${device} cannot be read: it is not a regular file`);
  expect(refusal({ cert: empty, key })).toContain(`${empty} is no certificate in PEM form`);
  expect(refusal({ cert: half, key })).toContain(`${half} is no certificate in PEM form`);
  expect(refusal({ cert, key: empty })).toContain(`${empty} is no private key in PEM form`);
  expect(refusal({ cert, key: cert })).toContain(`${cert} is no private key in PEM form`);
});
