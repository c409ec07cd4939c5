import { randomBytes } from "node:crypto";
import { type ClientContext, withoutPing } from "@headgate/client";
import { Connection } from "@headgate/connection";
import { connectionLimits, Driver, type DriverOwner } from "@headgate/driver";
import type { ProxiedClient, ProxiedSession, ProxyRequest } from "@headgate/gateway";
import { ClientHandshake } from "@headgate/handshake";
import type { Message } from "@headgate/message";
import { MessageType } from "@headgate/message";
import {
  acceptsConnect,
  connectRejection,
  type PassedMessage,
  PassThrough,
  type RtmpUrl,
  rewriteConnect,
  VIA_KEY,
  viaText,
} from "@headgate/session";
import { DialError, Guard, type Link } from "@headgate/transport";
import type { Logger } from "pino";

export interface ProxyTarget {
  readonly url: RtmpUrl;
  /** Whether the server gets the client's address in a PROXY protocol header. */
  readonly proxyProtocol: boolean;
  /** Identifies this gateway, so that a session that comes back is recognised. */
  readonly gatewayId: string;
}

/**
 * What a client may send before the handshake with the server is done: reading from the client is paused at once. Bytes, in which
 * each message costs something besides its payload, since a peer needs one byte to send an empty one.
 */
const MAX_EARLY_BYTES: number = 1024 * 1024;
const MESSAGE_BYTES = 256;

/**
 * The server's side of a proxied session: one connection for one client. Messages pass unchanged, and a slow side makes the
 * other side wait. The constructor throws ProtocolError for a `connect` that cannot be passed on.
 */
export class SessionProxy implements ProxiedSession, DriverOwner<PassedMessage> {
  readonly log: Logger;
  readonly #context: ClientContext;
  readonly #client: ProxiedClient;
  readonly #url: RtmpUrl;
  readonly #onOver: () => void;
  readonly #guard: Guard;
  readonly #connect: Message;
  readonly #passThrough = new PassThrough();
  #driver: Driver<PassedMessage> | undefined;
  #isOver = false;
  #isAccepted = false;
  /** Whether the handshake with the server is done. */
  #isHeard = false;
  /** What the client has sent since `connect`, until the handshake with the server is done. */
  #early: Message[] = [];
  #earlyBytes = 0;
  #isFlushAwaited = false;

  constructor(
    context: ClientContext,
    target: ProxyTarget,
    request: ProxyRequest,
    client: ProxiedClient,
    onOver: () => void,
  ) {
    this.#context = context;
    this.#client = client;
    this.#url = target.url;
    this.#onOver = onOver;
    this.#guard = new Guard(context.driver.faults, "session", () => this.#failed());
    this.#connect = this.#connectMessage(request, target.gatewayId);
    this.log = context.log.child({ proxy: String(target.url) });
    client.pause();
    const { remoteAddress, remotePort } = request;
    const onBehalfOf = target.proxyProtocol ? { remoteAddress, remotePort } : undefined;
    this.#guard.settle(
      context.dial(target.url, onBehalfOf),
      (link) => this.#take(link),
      (error: unknown) => {
        if (!(error instanceof DialError)) throw error;
        this.#unreachable(error.code);
      },
    );
  }

  /** Checks the server's timeouts; called a few times a second. */
  sweep(nowMs: number): void {
    this.#driver?.sweep(nowMs);
  }

  receive(message: Message): void {
    if (this.#isOver) return;
    if (!this.#isHeard) return this.#keep(message);
    this.#send(message);
    if (!this.#driver!.link.writable) this.#client.pause();
  }

  clientWritable(): void {
    this.#driver?.resume();
  }

  clientGone(): void {
    this.#isOver = true;
    if (this.#driver) this.#driver.endAfterReplies("client gone");
    else this.#onOver();
  }

  onHandshake(): void {
    this.#isHeard = true;
    for (const early of this.#early.splice(0)) this.#passThrough.send(early);
    this.#client.resume();
  }

  onEvent({ message }: PassedMessage): void {
    if (this.#isOver) return;
    if (!this.#isAccepted) this.#lookForAcceptance(message);
    this.#client.send(message);
    if (!this.#client.writable) this.#driver?.pause();
  }

  onWritable(): void {
    this.#client.resume();
  }

  onEnding(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isAccepted) {
      // Reading may be paused, but the client must still get the last messages.
      this.#client.resume();
      return this.#client.end(reason === "peer closed" ? "origin closed" : `origin: ${reason}`);
    }
    this.#unreachable(reason);
  }

  onGone(): void {
    this.#onOver();
  }

  #take(link: Link): void {
    if (this.#isOver) return link.destroy();
    try {
      this.#use(link);
    } catch (error) {
      link.destroy();
      throw error;
    }
  }

  /** After a fault. */
  #failed(): void {
    if (this.#driver) this.#driver.abandon("internal error");
    else if (!this.#isOver) this.#unreachable("INTERNAL_ERROR");
  }

  #use(link: Link): void {
    const { driver: driverContext, ackWindow } = this.#context;
    const { limits, timeouts } = driverContext.options;
    const kind = this.#url.isEncrypted ? "rtmpe" : "simple";
    const connection = new Connection(
      new ClientHandshake({ random: randomBytes, kind }),
      this.#passThrough,
      {
        ackWindow,
        timeouts: withoutPing(timeouts),
        limits: connectionLimits(limits),
      },
      driverContext.now(),
    );
    this.#driver = new Driver(driverContext, link, connection, this);
    this.#passThrough.send(this.#connect);
    this.#driver.start();
  }

  /**
   * `connect` as received, except for the gateways it has come through and the application that the configuration names. Throws
   * COMMAND_INVALID, AMF_*.
   */
  #connectMessage({ message, request }: ProxyRequest, gatewayId: string): Message {
    const { amf } = connectionLimits(this.#context.driver.options.limits).session;
    const via = { [VIA_KEY]: viaText([gatewayId, ...request.via]) };
    return rewriteConnect(message, { ...via, ...this.#application(request) }, amf);
  }

  #application({ application, query }: ProxyRequest["request"]): { app?: string; tcUrl?: string } {
    if (this.#url.application === "") return {};
    const name = [this.#url.application, this.#url.stream].filter((level) => level !== "").join("/");
    const url = this.#url.at(
      name.replaceAll("{app}", () => application),
      "",
      "",
    );
    const suffix = query === "" ? "" : `?${query}`;
    return { app: url.application + suffix, tcUrl: url.tcUrl + suffix };
  }

  #keep(message: Message): void {
    this.#early.push(message);
    this.#earlyBytes += MESSAGE_BYTES + message.payload.length;
    if (this.#earlyBytes > MAX_EARLY_BYTES) this.#client.end("INPUT_EXCEEDED");
  }

  /** What arrives from the client in one piece is sent to the server in one piece. */
  #send(message: Message): void {
    this.#passThrough.send(message);
    if (this.#isFlushAwaited) return;
    this.#isFlushAwaited = true;
    queueMicrotask(() => {
      this.#isFlushAwaited = false;
      this.#driver?.poll();
    });
  }

  #lookForAcceptance(message: Message): void {
    const isCommand = message.type === MessageType.commandAmf0 || message.type === MessageType.commandAmf3;
    const { amf } = connectionLimits(this.#context.driver.options.limits).session;
    if (!isCommand || !acceptsConnect(message, this.#connect, amf)) return;
    this.#isAccepted = true;
    this.#passThrough.connected = true;
    this.#passThrough.useChunkSize(this.#context.chunkSize);
  }

  #unreachable(code: string): void {
    this.#isOver = true;
    if (!this.#driver) this.#onOver();
    this.log.warn({ code }, "session cannot be proxied");
    const description = "The origin server cannot be reached.";
    const { amf } = connectionLimits(this.#context.driver.options.limits).session;
    this.#client.send(connectRejection(this.#connect, "NetConnection.Connect.Failed", description, amf));
    this.#client.resume();
    this.#client.end("ORIGIN_UNREACHABLE");
  }
}
