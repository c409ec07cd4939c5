/** The hosts that are reached without a network. */
const OWN: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether keys may be fetched from there: with what others can change on the way, they could sign tokens of their own. */
export function isKeyServerUrl({ protocol, hostname, username, password }: URL): boolean {
  const isSafe = protocol === "https:" || (protocol === "http:" && OWN.has(hostname));
  // Fetching takes no user and password in a URL, and says so with the URL.
  return isSafe && username === "" && password === "";
}
