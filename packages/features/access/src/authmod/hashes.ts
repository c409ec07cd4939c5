import { base64Md5, hexMd5, sha256 } from "../texts.ts";

/** Follows from the user's name, so that a server needs no memory between the connections of one dialogue. */
export function saltOf(user: string): string {
  return sha256(`authmod ${user}`).toString("hex").slice(0, 8);
}

/** All that a server must know of a password for authmod=adobe. */
export function adobeHash(user: string, password: string): string {
  return base64Md5(user + saltOf(user) + password);
}

const LLNW_REALM = "live";

/** The same for authmod=llnw. */
export function llnwHash(user: string, password: string): string {
  return hexMd5(`${user}:${LLNW_REALM}:${password}`);
}
