import { createHash, createHmac } from "node:crypto";

/** Seconds since 1970, in the year 2096. */
const FAR_AWAY = 4_000_000_000;

/** What nginx's module secure_link asks for with its usual expression, for `/APPLICATION/STREAM`. */
export function nginxSignature(path: string, secret: string): string {
  const md5 = createHash("md5").update(`${FAR_AWAY}${path} ${secret}`).digest("base64url");
  return `md5=${md5}&expires=${FAR_AWAY}`;
}

/** A JSON Web Token by HS256 (RFC 7515, appendix A.1). */
export function jsonWebToken(claims: object, secret: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ exp: FAR_AWAY, ...claims })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
