/** The schemes of RTMP's transports. */
export type RtmpScheme = "rtmp" | "rtmps" | "rtmpt" | "rtmpts" | "rtmpe" | "rtmpte";

const DEFAULT_PORTS: Readonly<Record<RtmpScheme, number>> = {
  rtmp: 1935,
  rtmpe: 1935,
  rtmpt: 80,
  rtmpte: 80,
  rtmps: 443,
  rtmpts: 443,
};

interface Parts {
  readonly scheme: RtmpScheme;
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Empty if the URL has none. */
  readonly user: string;
  readonly password: string;
  /** One level or several, as `live` or `live/west`. */
  readonly application: string;
  /** Empty if the URL ends with its application. */
  readonly stream: string;
  /** What follows the question mark; empty without one. Credentials live here. */
  readonly query: string;
}

const SYNTAX =
  /^(rtmp(?:s|t|ts|e|te)?):\/\/(?:([^@/?#\s]*)@)?(\[[\da-f:.]+\]|[^@:/?#[\]\s]+)(?::(\d{1,5}))?(?:\/([^?#]*))?(?:\?([^#]*))?$/i;

/** `rtmp://[USER:PASSWORD@]HOST[:PORT]/APPLICATION/STREAM[?QUERY]`, for any of the six transports. */
export class RtmpUrl {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Undefined for a text that is no such URL. With one level in its path, that is the application. */
  static parse(text: string): RtmpUrl | undefined {
    const [, schemeText, userInfo = "", hostText, portText, path = "", query = ""] = SYNTAX.exec(text) ?? [];
    if (schemeText === undefined || hostText === undefined) return undefined;
    const scheme = schemeText.toLowerCase() as RtmpScheme;
    const port = portText === undefined ? DEFAULT_PORTS[scheme] : Number(portText);
    const [user = "", password = ""] = userInfo.split(/:(.*)/s).map(decoded);
    if (port < 1 || port > 65_535) return undefined;
    const host = hostText.replace(/^\[|\]$/g, "");
    return new RtmpUrl({ scheme, host, port, user, password, query, ...splitPath(path) });
  }

  get scheme(): RtmpScheme {
    return this.#parts.scheme;
  }

  get host(): string {
    return this.#parts.host;
  }

  get port(): number {
    return this.#parts.port;
  }

  get user(): string {
    return this.#parts.user;
  }

  get password(): string {
    return this.#parts.password;
  }

  get application(): string {
    return this.#parts.application;
  }

  get stream(): string {
    return this.#parts.stream;
  }

  get query(): string {
    return this.#parts.query;
  }

  /** The name for `play` and `publish`: the stream with its query. */
  get streamName(): string {
    return this.query === "" ? this.stream : `${this.stream}?${this.query}`;
  }

  /** The URL for `connect`: up to its application. */
  get tcUrl(): string {
    return `${this.#origin}/${this.application}`;
  }

  /** Whether bytes go through HTTP requests. */
  get isTunnel(): boolean {
    return this.scheme === "rtmpt" || this.scheme === "rtmpts" || this.scheme === "rtmpte";
  }

  /** Whether bytes go through TLS. */
  get isSecure(): boolean {
    return this.scheme === "rtmps" || this.scheme === "rtmpts";
  }

  /** Whether bytes are encrypted with RTMPE. */
  get isEncrypted(): boolean {
    return this.scheme === "rtmpe" || this.scheme === "rtmpte";
  }

  /** The same with another application and stream. */
  at(application: string, stream: string, query: string = this.query): RtmpUrl {
    return new RtmpUrl({ ...this.#parts, application, stream, query });
  }

  /** Whether it says the same, secrets included. */
  equals(other: RtmpUrl): boolean {
    const parts = Object.keys(this.#parts) as (keyof Parts)[];
    return parts.every((part) => this.#parts[part] === other.#parts[part]);
  }

  /** For logs: without user, query, and the stream's name, which to many services is the key. */
  toString(): string {
    return this.tcUrl;
  }

  get #origin(): string {
    const { scheme, host, port } = this.#parts;
    const name = host.includes(":") ? `[${host}]` : host;
    return `${scheme}://${name}${port === DEFAULT_PORTS[scheme] ? "" : `:${port}`}`;
  }
}

function splitPath(path: string): Pick<Parts, "application" | "stream"> {
  const trimmed = path.replace(/^\/+|\/+$/g, "");
  const at = trimmed.lastIndexOf("/");
  return at < 0
    ? { application: trimmed, stream: "" }
    : { application: trimmed.slice(0, at), stream: trimmed.slice(at + 1) };
}

/** Percent-encoding is undone only where it is valid. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
