import type { RtmpUrl } from "@headgate/session";
import { DialError } from "@headgate/transport";

export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** For the header Proxy-Authorization. */
  readonly authorization: string | undefined;
  /** The environment variable that names it. */
  readonly variable: string;
}

/** The port of an HTTP URL without one. */
const HTTP_PORT = 80;

/**
 * The HTTP proxy that the environment names for a server, as curl reads it: `http_proxy` for plain HTTP, `https_proxy` or else
 * `http_proxy` for TLS, and none for hosts in `no_proxy`. Raw RTMP uses none. Throws a DialError for a proxy of another kind.
 */
export function httpProxyFor(url: RtmpUrl, environment: NodeJS.ProcessEnv): HttpProxy | undefined {
  if (!url.isTunnel && !url.isSecure) return undefined;
  const { no_proxy, NO_PROXY } = environment;
  const variable = (url.isSecure ? FOR_TLS : FOR_HTTP).find((name) => environment[name]);
  if (!variable || isExcluded(url.host, no_proxy ?? NO_PROXY ?? "")) return undefined;
  const named = environment[variable]!;
  const { protocol, hostname, port, username, password } = parse(named, variable);
  if (protocol !== "http:") throw unusable(variable, `names a proxy for ${protocol}//`);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? HTTP_PORT : Number(port),
    authorization: username === "" ? undefined : authorization(username, password, variable),
    variable,
  };
}

function authorization(username: string, password: string, variable: string): string {
  try {
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(login).toString("base64")}`;
  } catch {
    throw unusable(variable, "has a login that is no URL text");
  }
}

const FOR_HTTP = ["http_proxy"];
const FOR_TLS = ["https_proxy", "HTTPS_PROXY", "http_proxy"];

function parse(named: string, variable: string): URL {
  const text = named.includes("://") ? named : `http://${named}`;
  if (!URL.canParse(text)) throw unusable(variable, "is not the URL of a proxy");
  return new URL(text);
}

/** Without the URL, which may hold a password. */
function unusable(variable: string, why: string): DialError {
  const message = `the environment variable ${variable} ${why}; only http:// is supported: change it, or put the server into no_proxy`;
  return new DialError("PROXY_REFUSED", message);
}

function isExcluded(host: string, list: string): boolean {
  const names = list.split(/[\s,]+/).filter((name) => name !== "");
  return names.some((name) => {
    const suffix = name.replace(/^\*?\.?/, ".").toLowerCase();
    return name === "*" || `.${host.toLowerCase()}`.endsWith(suffix);
  });
}
