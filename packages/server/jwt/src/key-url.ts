/** The hosts that are reached without a network. */
const OWN = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Whether keys may be fetched from there: what others can change on the way says nothing about who asks. Fetching takes no user and
 * password in a URL, and says so with the URL.
 */
export function isKeyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isSafe = protocol === "https:" || (protocol === "http:" && OWN.has(hostname));
  return isSafe && username === "" && password === "";
}
