import { copyFileSync, rmSync, utimesSync } from "node:fs";
import { expect, it } from "vitest";
import { Authorities } from "./authorities.ts";
import { fileNamed, writeCertificate } from "./certificates.test.helper.ts";

it("are parsed once for all connections, and again when the file has changed", () => {
  const file = fileNamed("ca.pem");
  copyFileSync(writeCertificate("one").cert, file);
  const authorities = new Authorities(file);
  const first = authorities.read();
  expect(authorities.read()).toBe(first);
  copyFileSync(writeCertificate("other").cert, file);
  const second = authorities.read();
  expect(second).not.toBe(first);
  utimesSync(file, 1, 1);
  expect(authorities.read()).not.toBe(second);
});

it("that are gone are not trusted as they were, and are again once they are back", () => {
  const file = fileNamed("gone.pem");
  const { cert } = writeCertificate("one");
  const authorities = new Authorities(file);
  copyFileSync(cert, file);
  authorities.read();
  rmSync(file);
  const refused = expect.objectContaining({
    code: "CERTIFICATE_NOT_TRUSTED",
    message: expect.stringContaining("the CA cannot be read: ENOENT"),
  });
  expect(() => authorities.read()).toThrow(refused);
  copyFileSync(cert, file);
  expect(authorities.read()).toBeDefined();
});
