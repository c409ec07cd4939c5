import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** Seconds since 1970, in the year 2096. */
const FAR_AWAY = 4_000_000_000;

/** What nginx's module secure_link asks for with its usual expression, for `/APPLICATION/STREAM`. */
export function nginxSignature(path: string, secret: string, expires: number = FAR_AWAY): string {
  const md5 = createHash("md5").update(`${expires}${path} ${secret}`).digest("base64url");
  return `md5=${md5}&expires=${expires}`;
}

/** As Tencent Cloud's page on hotlink protection of live URLs has it, for `STREAM`. */
export function tencentSignature(stream: string, secret: string, expires: number = FAR_AWAY): string {
  const time = expires.toString(16).toUpperCase();
  return `txSecret=${hexMd5(`${secret}${stream}${time}`)}&txTime=${time}`;
}

/** As Aliyun's page on URL signing of type A has it: the time is that of signing. */
export function aliyunSignature(path: string, secret: string, signed: number): string {
  return `auth_key=${signed}-0-0-${hexMd5(`${path}-${signed}-0-0-${secret}`)}`;
}

/** An edge authorization token of Akamai for every path below the application. The key is hexadecimal. */
export function akamaiSignature(path: string, key: string, expires: number = FAR_AWAY): string {
  const written = `exp=${expires}~acl=${encodeURIComponent(path)}`;
  const hmac = createHmac("sha256", Buffer.from(key, "hex")).update(written).digest("hex");
  return `hdnts=${written}~hmac=${hmac}`;
}

/** A hash of Wowza's SecureToken version 2, for `APPLICATION/STREAM`. */
export function wowzaSignature(path: string, secret: string, expires: number = FAR_AWAY): string {
  const end = `wowzatokenendtime=${expires}`;
  const signed = `${path}?${[end, secret].sort().join("&")}`;
  const hash = createHash("sha256").update(signed).digest("base64");
  return `${end}&wowzatokenhash=${hash.replaceAll("+", "-").replaceAll("/", "_")}`;
}

/** As node-media-server checks it, for `/APPLICATION/STREAM`. */
export function nmsSignature(path: string, secret: string, expires: number = FAR_AWAY): string {
  return `sign=${expires}-${hexMd5(`${path}-${expires}-${secret}`)}`;
}

function hexMd5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** A JSON Web Token by HS256 (RFC 7515, appendix A.1). */
export function jsonWebToken(claims: object, secret: string): string {
  const signed = signedPart({ alg: "HS256" }, claims);
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** A pair of keys of which one signs tokens, and the other is published. */
export class TokenKeys {
  readonly #algorithm: "ES256" | "RS256";
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  constructor(algorithm: "ES256" | "RS256") {
    this.#algorithm = algorithm;
    const { privateKey, publicKey } =
      algorithm === "ES256"
        ? generateKeyPairSync("ec", { namedCurve: "P-256" })
        : generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  /** As it stands in a key set (RFC 7517). */
  get published(): object {
    const facts = { kid: this.#algorithm, alg: this.#algorithm, use: "sig" };
    return { ...this.#publicKey.export({ format: "jwk" }), ...facts };
  }

  token(claims: object): string {
    const signed = signedPart({ alg: this.#algorithm, kid: this.#algorithm }, claims);
    const key = { key: this.#privateKey, dsaEncoding: "ieee-p1363" as const };
    return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
  }
}

function signedPart(header: object, claims: object): string {
  return [
    { typ: "JWT", ...header },
    { exp: FAR_AWAY, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
}
