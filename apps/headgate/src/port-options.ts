import type { ProtocolError } from "@headgate/bytes";
import type { Gateway, GatewayTimeouts } from "@headgate/gateway";
import type { HttpPeer } from "@headgate/http";
import type { HttpServer } from "@headgate/http-server";
import {
  forwardedHops,
  type ListenPortOptions,
  networkList,
  type PortProtocol,
  type SniffedConnection,
  type TrustedProxies,
} from "@headgate/listener";
import { type DirectSend, TcpLink, withSharedReads } from "@headgate/tcp";
import type { TlsServer } from "@headgate/tls";
import type { Logger } from "pino";
import type { ListenerOptions } from "./config/config.ts";

export interface ListenerContext {
  readonly gateway: Gateway;
  readonly http: Pick<HttpServer, "accept">;
  /** Those in force. */
  readonly timeouts: () => GatewayTimeouts;
  readonly send: DirectSend | undefined;
  readonly log: Logger;
}

/** What a port asks for each connection, so that it can have other options without being opened anew. */
export class PortOptions implements ListenPortOptions {
  host: string;
  port: number;
  protocols: ReadonlySet<PortProtocol> = new Set();
  trustedProxies: ListenPortOptions["trustedProxies"] = networkList([]);
  secure: ListenPortOptions["secure"];
  readonly faults: ListenPortOptions["faults"];
  readonly adopt: ListenPortOptions["adopt"] = withSharedReads;
  readonly admit: ListenPortOptions["admit"];
  readonly onRtmp: ListenPortOptions["onRtmp"];
  readonly onHttp: ListenPortOptions["onHttp"];
  readonly onRefused: ListenPortOptions["onRefused"];
  readonly #timeouts: ListenerContext["timeouts"];
  #proxies: TrustedProxies = { addresses: this.trustedProxies, header: "X-Forwarded-For" };

  constructor(
    { gateway, http, timeouts, send, log }: ListenerContext,
    listener: ListenerOptions,
    tls: TlsServer | undefined,
  ) {
    this.host = listener.host;
    this.port = listener.port;
    this.faults = gateway.faults;
    this.admit = (address) => gateway.admit(address);
    this.onRtmp = (arrived) => gateway.accept(linkOf(arrived, send), arrived.permit);
    this.onHttp = (arrived) => http.accept(arrived.socket, httpPeerOf(arrived, this.#proxies));
    this.onRefused = ({ code, section, message }: ProtocolError, remoteAddress: string) =>
      log.warn({ code, section, remoteAddress, port: this.port }, message);
    this.#timeouts = timeouts;
    this.use(listener, tls);
  }

  get firstByteMs(): number {
    return this.#timeouts().firstByteMs;
  }

  get hasTls(): boolean {
    return this.secure !== undefined;
  }

  use({ protocols, trustedProxies, trustedHeader }: ListenerOptions, tls: TlsServer | undefined): void {
    this.protocols = new Set(protocols);
    this.trustedProxies = networkList(trustedProxies);
    this.#proxies = { addresses: this.trustedProxies, header: trustedHeader };
    this.secure = tls?.secure.bind(tls);
  }
}

function linkOf(
  { socket, isSecure, remoteAddress, remotePort }: SniffedConnection,
  send: DirectSend | undefined,
): TcpLink {
  return new TcpLink(socket, { transport: isSecure ? "rtmps" : "rtmp", remoteAddress, remotePort }, send);
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
