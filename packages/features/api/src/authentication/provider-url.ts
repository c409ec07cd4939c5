/** The hosts that are reached without a network. */
const OWN = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether keys may be fetched from there: what others can change on the way says nothing about who asks. */
export function isProviderUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(text);
  const isSafe = protocol === "https:" || (protocol === "http:" && OWN.has(hostname));
  // Fetching takes no user and password in a URL, and says so with the URL.
  return isSafe && [search, hash, username, password].every((part) => part === "");
}
