/** Where a hook is asked. Its user, its path and its query may be secret: shown are only scheme, host and port. */
export class HookUrl {
  readonly origin: string;
  /** With the query. */
  readonly target: string;
  /** The value of the header `Authorization`; undefined if the URL names no user. */
  readonly authorization: string | undefined;

  /** Undefined if the text is no URL of an HTTP server. */
  static parse(text: string): HookUrl | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url && /^https?:$/.test(url.protocol) ? new HookUrl(url) : undefined;
  }

  private constructor({ origin, pathname, search, username, password }: URL) {
    this.origin = origin;
    this.target = pathname + search;
    const user = `${decoded(username)}:${decoded(password)}`;
    this.authorization =
      username === "" ? undefined : `Basic ${Buffer.from(user, "utf8").toString("base64")}`;
  }

  /** The target with something more in its query. */
  targetWith(query: string): string {
    return `${this.target}${this.target.includes("?") ? "&" : "?"}${query}`;
  }

  toString(): string {
    return this.origin;
  }

  toJSON(): string {
    return this.origin;
  }
}

/** A `%` that begins no escape stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
