import type { RtmpUrl } from "@headgate/session";

export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** For the header Proxy-Authorization. */
  readonly authorization: string | undefined;
}

/** The port of an HTTP URL without one. */
const HTTP_PORT = 80;

/**
 * The HTTP proxy that the environment names for a server, as curl reads it: `http_proxy` for plain HTTP, `https_proxy` or else
 * `http_proxy` for TLS, and none for hosts in `no_proxy`. Raw RTMP uses none.
 */
export function httpProxyFor(url: RtmpUrl, environment: NodeJS.ProcessEnv): HttpProxy | undefined {
  if (!url.isTunnel && !url.isSecure) return undefined;
  const { http_proxy, https_proxy, HTTPS_PROXY, no_proxy, NO_PROXY } = environment;
  const named = url.isSecure ? https_proxy || HTTPS_PROXY || http_proxy : http_proxy;
  if (!named || isExcluded(url.host, no_proxy ?? NO_PROXY ?? "")) return undefined;
  const text = named.includes("://") ? named : `http://${named}`;
  if (!URL.canParse(text)) return undefined;
  const { hostname, port, username, password } = new URL(text);
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? HTTP_PORT : Number(port),
    authorization: username === "" ? undefined : `Basic ${Buffer.from(login).toString("base64")}`,
  };
}

function isExcluded(host: string, list: string): boolean {
  const names = list.split(/[\s,]+/).filter((name) => name !== "");
  return names.some((name) => {
    const suffix = name.replace(/^\*?\.?/, ".").toLowerCase();
    return name === "*" || `.${host.toLowerCase()}`.endsWith(suffix);
  });
}
