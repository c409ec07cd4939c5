/** Stands for the path of the recording in a URL and in a command. */
const FILE = "{file}";

/** How a URL's parser writes it in a path. */
const ENCODED_FILE = /%7Bfile%7D/gi;

/** Where recordings are sent. Its user, its path and its query may be secret: shown are only scheme, host and port. */
export class UploadUrl {
  readonly origin: string;
  /** The value of the header `Authorization`; undefined if the URL names no user. */
  readonly authorization: string | undefined;
  readonly #target: string;

  /** Undefined if the text is no URL of an HTTP server. */
  static parse(text: string): UploadUrl | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) return undefined;
    try {
      return new UploadUrl(url);
    } catch {
      // A user or a password with half an escape in it.
      return undefined;
    }
  }

  private constructor({ origin, pathname, search, username, password }: URL) {
    this.origin = origin;
    const path = pathname.replace(ENCODED_FILE, FILE);
    const hasFile = path.includes(FILE) || search.includes(FILE);
    this.#target = (hasFile ? path : `${path.replace(/\/$/, "")}/${FILE}`) + search;
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.authorization =
      username === "" ? undefined : `Basic ${Buffer.from(user, "utf8").toString("base64")}`;
  }

  /** The path and the query for a recording, whose path stands in place of `{file}`, or else at the end of the URL's path. */
  targetOf(file: string): string {
    return this.#target.replaceAll(FILE, () => file.split("/").map(encodeURIComponent).join("/"));
  }

  toString(): string {
    return this.origin;
  }

  toJSON(): string {
    return this.origin;
  }
}
