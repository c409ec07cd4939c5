import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { connectThroughProxy, TunnelClientLink } from "@headgate/http";
import { proxyHeader } from "@headgate/listener";
import type { RtmpUrl } from "@headgate/session";
import { connectTcp, TcpLink } from "@headgate/tcp";
import { secureToServer } from "@headgate/tls";
import { Counts, DialError, type Link } from "@headgate/transport";
import type { ClientAddress, Dial } from "./client-stream.ts";
import { httpProxyFor } from "./http-proxy.ts";

/**
 * Connections that are being made to one server. One that has vanished leaves each without an answer for `timeoutMs`, and each has
 * a descriptor, while players can come and go as fast as they like.
 */
const MAX_PENDING_PER_SERVER = 1_024;

export interface DialOptions {
  /** Certificates of authorities in PEM form, instead of Node's own. */
  readonly caFile: string | undefined;
  /** Accept certificates that cannot be verified. */
  readonly insecure: boolean;
  readonly timeoutMs: number;
  readonly environment: NodeJS.ProcessEnv;
  /** Connections that are being made to one server. */
  readonly maxPending?: number;
}

/**
 * Makes Links to servers over all transports, the mirror of what a port does: TCP, through an HTTP proxy if the environment
 * names one, then TLS, then either RTMP itself or a tunnel of HTTP requests.
 */
export function createDial(options: DialOptions): Dial {
  const { maxPending = MAX_PENDING_PER_SERVER } = options;
  const pending = new Counts<string>();
  return async (url, onBehalfOf) => {
    const server = `${url.host}:${url.port}`;
    const count = pending.of(server);
    if (count >= maxPending) {
      const message = `${server} has not answered yet: ${count} connections to it are being made`;
      throw new DialError("CONNECTION_FAILED", message);
    }
    pending.add(server, 1);
    try {
      return await linkTo(url, options, onBehalfOf);
    } finally {
      pending.add(server, -1);
    }
  };
}

async function linkTo(
  url: RtmpUrl,
  options: DialOptions,
  onBehalfOf: ClientAddress | undefined,
): Promise<Link> {
  const { host, port, isSecure } = url;
  if (!url.isTunnel) {
    const socket = await connectTo(url, options, onBehalfOf);
    const transport = isSecure ? "rtmps" : "rtmp";
    return new TcpLink(socket, { transport, remoteAddress: host, remotePort: port });
  }
  return TunnelClientLink.open({
    transport: isSecure ? "rtmpts" : "rtmpt",
    host,
    port,
    dial: () => connectTo(url, options, onBehalfOf),
    timeoutMs: options.timeoutMs,
    isProxied: !isSecure && httpProxyFor(url, options.environment) !== undefined,
  });
}

async function connectTo(
  url: RtmpUrl,
  options: DialOptions,
  onBehalfOf: ClientAddress | undefined,
): Promise<Socket> {
  const { host, isSecure } = url;
  const { timeoutMs, insecure } = options;
  // First, because it may fail, and there is nothing to close yet.
  const ca = isSecure ? authorities(options) : undefined;
  const socket = await connectPlainly(url, options);
  if (onBehalfOf) socket.write(proxyHeader(onBehalfOf, { remoteAddress: host, remotePort: url.port }));
  return isSecure ? secureToServer(socket, { host, ca, insecure, timeoutMs }) : socket;
}

/** Raw RTMP uses no HTTP proxy: most let connections through to port 443 only. */
async function connectPlainly(url: RtmpUrl, { timeoutMs, environment }: DialOptions): Promise<Socket> {
  const { host, port, isSecure } = url;
  const proxy = httpProxyFor(url, environment);
  if (!proxy) return connectTcp({ host, port }, timeoutMs);
  const socket = await connectTcp(proxy, timeoutMs);
  const { authorization } = proxy;
  return isSecure ? connectThroughProxy(socket, { host, port, authorization, timeoutMs }) : socket;
}

function authorities({ caFile }: DialOptions): string | undefined {
  if (caFile === undefined) return undefined;
  try {
    return readFileSync(caFile, "utf8");
  } catch (error) {
    throw new DialError("CERTIFICATE_NOT_TRUSTED", `the CA cannot be read: ${(error as Error).message}`);
  }
}
