import { createHash } from "node:crypto";

export interface Credentials {
  readonly user: string;
  readonly password: string;
  /** As `connect` names it. */
  readonly application: string;
}

/** Eight hexadecimal digits, new each time. */
type ClientChallenge = () => string;

/**
 * The query to append to the application's name on the next connection, after a server has rejected `connect` with this
 * description; undefined if no user or password helps. The client first names the user, then answers the server's challenge:
 * authmod=adobe and authmod=llnw, as encoders do.
 */
export function answerRejection(
  description: string,
  credentials: Credentials,
  challenge: ClientChallenge,
): string | undefined {
  const { user } = credentials;
  const [, authmod] = /authmod=(adobe|llnw)/.exec(description) ?? [];
  if (authmod === undefined || user === "") return undefined;
  if (description.includes("code=403 need auth"))
    return `?authmod=${authmod}&user=${encodeURIComponent(user)}`;
  const [, question] = /\?(reason=needauth[^\s]*)/.exec(description) ?? [];
  if (question === undefined) return undefined;
  const fields = new Map(question.split("&").map((pair) => splitPair(pair)));
  return authmod === "adobe"
    ? adobeAnswer(fields, credentials, challenge())
    : llnwAnswer(fields, credentials, challenge());
}

function adobeAnswer(
  fields: ReadonlyMap<string, string>,
  { user, password }: Credentials,
  challenge: string,
): string {
  const salt = fields.get("salt") ?? "";
  const opaque = fields.get("opaque") ?? "";
  const asked = opaque || (fields.get("challenge") ?? "");
  const response = base64Md5(base64Md5(user + salt + password) + asked + challenge);
  const opaqueField = opaque === "" ? "" : `&opaque=${opaque}`;
  return `?authmod=adobe&user=${encodeURIComponent(user)}&challenge=${challenge}&response=${response}${opaqueField}`;
}

function llnwAnswer(
  fields: ReadonlyMap<string, string>,
  { user, password, application }: Credentials,
  challenge: string,
): string {
  const nonce = fields.get("nonce") ?? "";
  const place = application.includes("/") ? application : `${application}/_definst_`;
  const who = hexMd5(`${user}:live:${password}`);
  const what = hexMd5(`publish:/${place}`);
  const response = hexMd5(`${who}:${nonce}:${NONCE_COUNT}:${challenge}:auth:${what}`);
  return (
    `?authmod=llnw&user=${encodeURIComponent(user)}&nonce=${nonce}&cnonce=${challenge}` +
    `&nc=${NONCE_COUNT}&response=${response}`
  );
}

const NONCE_COUNT = "00000001";

function splitPair(pair: string): [name: string, value: string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

function base64Md5(text: string): string {
  return createHash("md5").update(text).digest("base64");
}

function hexMd5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
