import { createPrivateKey, createPublicKey, verify, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { certificateRequest, keyPem, makeKey, makeKeyAtOnce, selfSigned } from "./certificates.ts";

/** The contents of a DER value, which holds others. */
function partsOf(der: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  const { start, end } = extentOf(der, 0);
  for (let at = start; at < end; ) {
    const part = extentOf(der, at);
    parts.push(der.subarray(at, part.end));
    at = part.end;
  }
  return parts;
}

function extentOf(der: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1]!;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const bytes = first & 0x7f;
  const start = at + 2 + bytes;
  return { start, end: start + der.readUIntBE(at + 2, bytes) };
}

test("a request names the domains and the key, and is signed with the key", () => {
  const key = makeKeyAtOnce();
  const [info, , signature] = partsOf(certificateRequest(["a.example", "b.example"], key)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const unusedBits = 1;
  const { start } = extentOf(signature, 0);
  const publicKey = createPublicKey(key);
  expect(verify("sha256", info, publicKey, signature.subarray(start + unusedBits))).toBe(true);
  expect(info.includes(publicKey.export({ type: "spki", format: "der" }))).toBe(true);
  for (const domain of ["a.example", "b.example"]) expect(info.includes(domain)).toBe(true);
});

test("a self-signed certificate is for its names and its time, and verifies itself", async () => {
  const key = await makeKey();
  const pem = selfSigned({ names: ["a.example", "b.example"], key, commonName: "Someone", days: 3 });
  const certificate = new X509Certificate(pem);
  expect(certificate.verify(createPublicKey(key))).toBe(true);
  expect(certificate.checkPrivateKey(key)).toBe(true);
  expect(certificate.issuer).toBe("CN=Someone");
  expect(certificate.subjectAltName).toBe("DNS:a.example, DNS:b.example");
  const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(3);
  expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
  expect(createPrivateKey(keyPem(key)).equals(key)).toBe(true);
});

test("the answer to a challenge is in a critical extension", async () => {
  const key = await makeKey();
  const acmeIdentifier = Buffer.alloc(32, 0xab);
  const pem = selfSigned({ names: ["a.example"], key, commonName: "a.example", days: 1, acmeIdentifier });
  const extension = `06082b0601050507011f0101ff04220420${"ab".repeat(32)}`;
  expect(new X509Certificate(pem).raw.toString("hex")).toContain(extension);
});
