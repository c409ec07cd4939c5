import { base64Md5, hexMd5, sha256 } from "../texts.ts";
import { urlSpellings } from "./url-spellings.ts";

/** Follows from the user's name, so that a server needs no memory between the connections of one dialogue. */
export function saltOf(user: string): string {
  return sha256(`authmod ${user}`).toString("hex").slice(0, 8);
}

/** All that a server must know of a password for authmod=adobe: of each way in which a client may know it. */
export function adobeHashes(user: string, password: string): readonly string[] {
  const salt = saltOf(user);
  return ofEachSpelling(user, password, (one, other) => base64Md5(one + salt + other));
}

const LLNW_REALM = "live";

/** The same for authmod=llnw. */
export function llnwHashes(user: string, password: string): readonly string[] {
  return ofEachSpelling(user, password, (one, other) => hexMd5(`${one}:${LLNW_REALM}:${other}`));
}

function ofEachSpelling(
  user: string,
  password: string,
  hash: (user: string, password: string) => string,
): readonly string[] {
  return urlSpellings(user).flatMap((one) => urlSpellings(password).map((other) => hash(one, other)));
}
