import type { ProtocolError } from "@headgate/bytes";
import type { Gateway, GatewayTimeouts } from "@headgate/gateway";
import type { HttpPeer } from "@headgate/http";
import type { HttpServer } from "@headgate/http-server";
import {
  forwardedHops,
  listenPort,
  networkList,
  type Port,
  type SniffedConnection,
  type TrustedProxies,
} from "@headgate/listener";
import { TcpLink } from "@headgate/tcp";
import type { TlsServer } from "@headgate/tls";
import type { Logger } from "pino";
import { bindProblem } from "./bind-problem.ts";
import type { ListenerOptions } from "./config/config.ts";

/** An address on which the server listens. */
export interface BoundListener {
  readonly host: string;
  readonly port: number;
  readonly protocols: ListenerOptions["protocols"];
  readonly hasTls: boolean;
  /** The port that was wanted, and why it could not be had. */
  readonly insteadOf?: { readonly port: number; readonly reason: "taken" | "not permitted" };
}

export interface Binding {
  readonly bound: BoundListener;
  close(): Promise<void>;
}

export interface ListenerContext {
  readonly gateway: Gateway;
  readonly http: Pick<HttpServer, "accept">;
  readonly timeouts: GatewayTimeouts;
  readonly log: Logger;
}

/** Listens, or returns why not. A default listener that can have neither its port nor the fallback is left out. */
export async function bindListener(
  context: ListenerContext,
  listener: ListenerOptions,
  index: number,
  tls: TlsServer | undefined,
): Promise<Binding | string | undefined> {
  const { host, port, protocols, fallbackPort } = listener;
  const bound = { host, protocols, hasTls: tls !== undefined };
  try {
    const { close } = await listen(context, listener, port, tls);
    return { bound: { ...bound, port }, close };
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ""];
    if (fallbackPort === undefined || reason === undefined) {
      const address = { host, port, key: `listeners[${index}]`, variable: `HEADGATE_LISTENERS_${index}` };
      return bindProblem(address, error as Error);
    }
    try {
      const { close } = await listen(context, listener, fallbackPort, tls);
      return { bound: { ...bound, port: fallbackPort, insteadOf: { port, reason } }, close };
    } catch {
      context.log.warn(
        { port, fallbackPort, reason },
        "cannot listen on either of these ports; going without",
      );
      return undefined;
    }
  }
}

const REASONS: Readonly<Record<string, "taken" | "not permitted">> = {
  EADDRINUSE: "taken",
  EACCES: "not permitted",
};

async function listen(
  { gateway, http, timeouts, log }: ListenerContext,
  { host, protocols, trustedProxies, trustedHeader }: ListenerOptions,
  port: number,
  tls: TlsServer | undefined,
): Promise<Port> {
  const proxies = { addresses: networkList(trustedProxies), header: trustedHeader };
  const options = {
    port,
    protocols: new Set(protocols),
    trustedProxies: proxies.addresses,
    firstByteMs: timeouts.firstByteMs,
    faults: gateway.faults,
    secure: tls?.secure.bind(tls),
    admit: (address: string) => gateway.admit(address),
    onRtmp: (arrived: SniffedConnection) => gateway.accept(linkOf(arrived), arrived.permit),
    onHttp: (arrived: SniffedConnection) => http.accept(arrived.socket, httpPeerOf(arrived, proxies)),
    onRefused: ({ code, section, message }: ProtocolError, remoteAddress: string) =>
      log.warn({ code, section, remoteAddress, port }, message),
  };
  try {
    return await listenPort({ ...options, host });
  } catch (error) {
    // A machine without IPv6 has no `::`, which stands for every address.
    const { code } = error as NodeJS.ErrnoException;
    if (host !== "::" || !NO_IPV6.has(code)) throw error;
    return listenPort({ ...options, host: "0.0.0.0" });
  }
}

const NO_IPV6: ReadonlySet<string | undefined> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

function linkOf({ socket, isSecure, remoteAddress, remotePort }: SniffedConnection): TcpLink {
  return new TcpLink(socket, { transport: isSecure ? "rtmps" : "rtmp", remoteAddress, remotePort });
}

function httpPeerOf(
  { isSecure, remoteAddress, remotePort }: SniffedConnection,
  proxies: TrustedProxies,
): HttpPeer {
  return {
    isSecure,
    remoteAddress,
    remotePort,
    hopsOf: forwardedHops(remoteAddress, proxies),
  };
}
