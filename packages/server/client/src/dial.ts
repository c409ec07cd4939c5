import type { Socket } from "node:net";
import type { DriverContext } from "@headgate/driver";
import { connectThroughProxy, ReplyReading, TunnelClientLink } from "@headgate/http";
import { proxyHeader } from "@headgate/listener";
import type { RtmpUrl } from "@headgate/session";
import { connectTcp, TcpLink } from "@headgate/tcp";
import { Authorities, TlsClient, type TrustWords } from "@headgate/tls";
import { Counts, DialError, type Link } from "@headgate/transport";
import type { ClientAddress, Dial } from "./client-stream.ts";
import { type HttpProxy, httpProxyFor } from "./http-proxy.ts";

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
  /** How a person says the two above. */
  readonly trustWords: TrustWords;
  readonly timeoutMs: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly driver: Pick<DriverContext, "faults" | "inputMemory" | "turns">;
  /** Connections that are being made to one server. */
  readonly maxPending?: number;
}

/**
 * Makes Links to servers over all transports, the mirror of what a port does: TCP, through an HTTP proxy if the environment
 * names one, then TLS, then either RTMP itself or a tunnel of HTTP requests.
 */
export function createDial(options: DialOptions): Dial {
  const { caFile, driver, maxPending = MAX_PENDING_PER_SERVER } = options;
  const authorities = caFile === undefined ? undefined : new Authorities(caFile);
  const tls = new TlsClient(driver.faults);
  const reading = new ReplyReading(driver.faults, driver.inputMemory, driver.turns.arrivals);
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
      return await linkTo(url, { options, authorities, tls, reading, onBehalfOf });
    } finally {
      pending.add(server, -1);
    }
  };
}

async function linkTo(url: RtmpUrl, known: Omit<Way, "proxy">): Promise<Link> {
  const proxy = httpProxyFor(url, known.options.environment);
  const way = { ...known, proxy };
  try {
    return await (url.isTunnel ? openTunnel(url, way) : openDirectly(url, way));
  } catch (error) {
    throw proxy && error instanceof DialError ? withProxy(error, proxy) : error;
  }
}

/** How to get to a server. */
interface Way {
  readonly options: DialOptions;
  /** Undefined: Node's own. */
  readonly authorities: Authorities | undefined;
  readonly tls: TlsClient;
  readonly reading: ReplyReading;
  readonly onBehalfOf: ClientAddress | undefined;
  readonly proxy: HttpProxy | undefined;
}

async function openDirectly(url: RtmpUrl, way: Way): Promise<Link> {
  const { host, port, isSecure } = url;
  const transport = isSecure ? "rtmps" : "rtmp";
  return new TcpLink(await connectTo(url, way), { transport, remoteAddress: host, remotePort: port });
}

function openTunnel(url: RtmpUrl, way: Way): Promise<Link> {
  const { host, port, isSecure } = url;
  return TunnelClientLink.open({
    transport: isSecure ? "rtmpts" : "rtmpt",
    host,
    port,
    dial: () => connectTo(url, way),
    timeoutMs: way.options.timeoutMs,
    reading: way.reading,
    isProxied: !isSecure && way.proxy !== undefined,
  });
}

/** A proxy of the environment is easily forgotten. */
function withProxy({ code, message }: DialError, { host, port, variable }: HttpProxy): DialError {
  return new DialError(code, `${message} (through the HTTP proxy ${host}:${port} of ${variable})`);
}

async function connectTo(url: RtmpUrl, way: Way): Promise<Socket> {
  const { host, isSecure } = url;
  const { options, authorities, tls, onBehalfOf } = way;
  const { timeoutMs, insecure, trustWords } = options;
  // First, because it may fail, and there is nothing to close yet.
  const ca = isSecure ? authorities?.read() : undefined;
  const socket = await connectPlainly(url, way);
  if (onBehalfOf) socket.write(proxyHeader(onBehalfOf, { remoteAddress: host, remotePort: url.port }));
  return isSecure ? tls.secure(socket, { host, ca, insecure, trustWords, timeoutMs }) : socket;
}

/** Raw RTMP uses no HTTP proxy: most let connections through to port 443 only. */
async function connectPlainly(url: RtmpUrl, { proxy, reading, options }: Way): Promise<Socket> {
  const { host, port, isSecure } = url;
  const { timeoutMs } = options;
  if (!proxy) return connectTcp({ host, port }, timeoutMs);
  const socket = await connectTcp(proxy, timeoutMs);
  if (!isSecure) return socket;
  const { authorization, host: proxyHost } = proxy;
  return connectThroughProxy(socket, { proxyHost, host, port, authorization, timeoutMs, reading });
}
