import type { Parameters } from "../parameters.ts";
import { base64Md5, hexMd5, isSameText } from "../texts.ts";
import type { UserSecrets } from "../user-secrets.ts";
import { saltOf } from "./hashes.ts";

export type SchemeName = "adobe" | "llnw";

/** One of the two ways in which a password is shown without being sent. */
export interface Scheme {
  /** What the client is asked, behind `?reason=needauth&user=USER`. */
  question(user: string, challenge: string): string;
  /** The challenge that the client has answered; undefined if it has answered none. */
  challengeIn(fields: Parameters): string | undefined;
  isRight(fields: Parameters, secrets: UserSecrets, application: string): boolean;
}

/** The length of base64 of an MD5. Debian's librtmp sends more: it forgets to end the text. */
const BASE64_MD5_LENGTH = 24;
const CLIENT_CHALLENGE_LENGTH = 8;

const ADOBE: Scheme = {
  question: (user, challenge) => `&salt=${saltOf(user)}&challenge=${challenge}&opaque=${challenge}`,
  challengeIn: (fields) => (fields.get("response") === undefined ? undefined : (fields.get("opaque") ?? "")),
  isRight: (fields, { adobe }) => {
    const [response = "", own = "", asked = ""] = ["response", "challenge", "opaque"].map((name) =>
      fields.raw(name),
    );
    // rtmpdump's own source hashes both, everybody else only what is called opaque. Here they are the same text.
    const owns = [own, own.slice(0, CLIENT_CHALLENGE_LENGTH)];
    const right = adobe.flatMap((hash) =>
      owns.flatMap((one) => [asked, asked + asked].map((all) => base64Md5(hash + all + one))),
    );
    return right.some((one) => isSameText(one, response.slice(0, BASE64_MD5_LENGTH)));
  },
};

const LLNW: Scheme = {
  question: (_user, challenge) => `&nonce=${challenge}`,
  challengeIn: (fields) => (fields.get("response") === undefined ? undefined : (fields.get("nonce") ?? "")),
  isRight: (fields, { llnw }, application) => {
    const [response = "", nonce = "", own = "", count = ""] = ["response", "nonce", "cnonce", "nc"].map(
      (name) => fields.raw(name),
    );
    const place = application.includes("/") ? application : `${application}/_definst_`;
    const action = hexMd5(`publish:/${place}`);
    const right = llnw.map((hash) => hexMd5(`${hash}:${nonce}:${count}:${own}:auth:${action}`));
    return right.some((one) => isSameText(one, response.toLowerCase()));
  },
};

export const SCHEMES: Readonly<Record<SchemeName, Scheme>> = { adobe: ADOBE, llnw: LLNW };
