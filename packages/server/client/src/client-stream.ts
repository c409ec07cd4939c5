import { randomBytes } from "node:crypto";
import { ClientConnection, type ConnectionTimeouts } from "@headgate/connection";
import { connectionLimits, Driver, type DriverContext, type DriverOwner, type Swept } from "@headgate/driver";
import type { ClientHandshakeOptions, HandshakeResult } from "@headgate/handshake";
import { answerRejection, type ClientEvent, type RtmpUrl } from "@headgate/session";
import { DialError, Guard, type Link } from "@headgate/transport";
import type { Logger } from "pino";
import { serverWords } from "./server-words.ts";

/** The client's address, for servers that accept a PROXY protocol header. */
export interface ClientAddress {
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Makes a Link to a server, or rejects with a DialError. */
export type Dial = (url: RtmpUrl, onBehalfOf?: ClientAddress) => Promise<Link>;

/** What all connections to servers have in common. */
export interface ClientContext {
  readonly driver: DriverContext;
  readonly dial: Dial;
  readonly log: Logger;
  /** The client's name of itself in `connect`. */
  readonly flashVersion: string;
  /** Bytes. */
  readonly chunkSize: number;
  readonly ackWindow: number;
}

export interface ClientStreamRequest {
  readonly url: RtmpUrl;
  readonly purpose: "play" | "publish";
  readonly start?: "live" | "any";
  readonly via?: readonly string[];
}

/** Why something did not work: a stable code, and a sentence without secrets of ours. */
export interface ClientProblem {
  readonly code: string;
  readonly message: string;
}

export interface ClientStreamOwner {
  /** The Link is there, and the handshake is done. */
  onLink?(): void;
  onHandshake?(handshake: HandshakeResult): void;
  onEvent(event: ClientEvent): void;
  onWritable(): void;
  /** The last call, once: without a problem if this side has ended it. */
  onOver(problem: ClientProblem | undefined): void;
}

/** The first connection, one that names the user, one that answers the challenge, and one without a digest. */
const MAX_ATTEMPTS = 4;

interface Attempt {
  readonly link: Link;
  readonly connection: ClientConnection;
  readonly driver: Driver<ClientEvent>;
}

/**
 * A stream that is played from a server or published to one. It connects again if the server asks for a user, or does not know
 * the handshake with a digest.
 */
export class ClientStream implements Swept {
  readonly #context: ClientContext;
  readonly #request: ClientStreamRequest;
  readonly #owner: ClientStreamOwner;
  readonly #guard: Guard;
  #attempt: Attempt | undefined;
  #attempts = 0;
  #handshakeKind: ClientHandshakeOptions["kind"];
  #applicationQuery = "";
  /** Whether to connect again, because the next connection differs from this one. */
  #connectsAgain = false;
  #problem: ClientProblem | undefined;
  #isEnded = false;
  #isOver = false;
  #earlierBytes = 0;
  /** When the server accepted `connect`, until it answers the `play` or `publish` that follows. */
  #askedMs: number | undefined;
  /** When the last media arrived; undefined while none is expected. */
  #mediaMs: number | undefined;

  constructor(context: ClientContext, request: ClientStreamRequest, owner: ClientStreamOwner) {
    this.#context = context;
    this.#request = request;
    this.#owner = owner;
    this.#guard = new Guard(context.driver.faults, "relay", () => this.#failed());
    this.#handshakeKind = request.url.isEncrypted ? "rtmpe" : "digest";
  }

  /** Bytes of both directions. */
  get bytes(): number {
    const link = this.#attempt?.link;
    return this.#earlierBytes + (link ? link.bytesReceived + link.bytesSent : 0);
  }

  get netStreamId(): number {
    return this.#attempt?.connection.session.netStreamId ?? 0;
  }

  get writable(): boolean {
    return this.#attempt?.link.writable === true && !this.#attempt.driver.isEnding;
  }

  /** Pauses and resumes reading from the server. */
  pause(): void {
    this.#attempt?.driver.pause();
  }

  resume(): void {
    this.#attempt?.driver.resume();
  }

  start(): void {
    this.#context.driver.sweep.add(this);
    this.#connect();
  }

  /** Looks after the server's timeouts; called a few times a second. */
  sweep(nowMs: number): void {
    this.#guard.run(() => this.#lookAfter(nowMs));
  }

  #lookAfter(nowMs: number): void {
    const { options } = this.#context.driver;
    const silentMs = nowMs - (this.#mediaMs ?? nowMs);
    if (silentMs >= options.timeouts.stallMs) {
      const message = `the server has sent nothing for ${Math.round(silentMs / 1000)} s`;
      this.#problem ??= { code: "STREAM_SILENT", message };
      this.#attempt?.driver.abandon("stream silent");
    }
    if (nowMs - (this.#askedMs ?? nowMs) >= options.timeouts.connectMs) {
      const message = `the server accepts the connection but does not answer ${this.#request.purpose}`;
      this.#problem ??= { code: "REQUEST_TIMED_OUT", message };
      this.#attempt?.driver.abandon("request timed out");
    }
    this.#attempt?.driver.sweep(nowMs);
  }

  /** Sends messages of a stream that is published, in one write. */
  publish(...messages: Parameters<ClientConnection["session"]["publish"]>[0][]): void {
    for (const message of messages) this.#attempt?.connection.session.publish(message);
    this.#attempt?.driver.poll();
  }

  /** Ends the stream properly, with a last message. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (!this.#attempt) return this.#over();
    this.#attempt.connection.session.end();
    this.#attempt.driver.endAfterReplies("ended");
  }

  /** Ends at once. */
  abandon(): void {
    this.#isEnded = true;
    if (this.#attempt) this.#attempt.driver.abandon("ended");
    else this.#over();
  }

  #connect(): void {
    this.#attempts += 1;
    this.#guard.settle(
      this.#context.dial(this.#request.url),
      (link) => this.#take(link),
      (error: unknown) => {
        if (!(error instanceof DialError)) throw error;
        if (this.#isEnded) return;
        this.#problem = { code: error.code, message: error.message };
        this.#over();
      },
    );
  }

  #take(link: Link): void {
    if (this.#isEnded) return link.destroy();
    try {
      this.#use(link);
    } catch (error) {
      // It may not be open yet, and then no `onClosed` follows.
      link.destroy();
      this.#attempt = undefined;
      throw error;
    }
  }

  /** After a fault. */
  #failed(): void {
    this.#problem ??= { code: "INTERNAL_ERROR", message: "ended by an internal error" };
    this.#connectsAgain = false;
    if (this.#attempt) this.#attempt.driver.abandon("internal error");
    else this.#over();
  }

  #use(link: Link): void {
    const { driver: driverContext, flashVersion, chunkSize, ackWindow } = this.#context;
    const { limits, timeouts } = driverContext.options;
    const connection = new ClientConnection(
      {
        ackWindow,
        timeouts: withoutPing(timeouts),
        limits: connectionLimits(limits),
        handshake: { random: randomBytes, kind: this.#handshakeKind },
        session: { ...this.#request, applicationQuery: this.#applicationQuery, flashVersion, chunkSize },
      },
      driverContext.now(),
    );
    const owner: DriverOwner<ClientEvent> = {
      log: this.#context.log,
      faultScope: "relay",
      onEvent: (event) => this.#onClientEvent(event),
      onHandshake: () => this.#owner.onHandshake?.(connection.handshake!),
      onWritable: () => this.#owner.onWritable(),
      onEnding: (reason) => this.#ending(reason),
      onGone: () => this.#onClosed(),
    };
    const driver = new Driver(driverContext, link, connection, owner);
    this.#attempt = { link, connection, driver };
    this.#owner.onLink?.();
    driver.start();
  }

  #onClientEvent(event: ClientEvent): void {
    if (event.kind === "refused") return this.#refused(event);
    if (event.kind === "ended") {
      const { code, text } = this.#wordsOf(event);
      this.#problem ??= { code, message: `the server ended the stream: ${text}` };
      this.#attempt?.driver.end(code);
      return;
    }
    if (event.kind === "connected") this.#askedMs = this.#context.driver.now();
    else this.#askedMs = undefined;
    if (event.kind === "media") this.#mediaMs = this.#context.driver.now();
    else if (event.kind === "unpublished") this.#mediaMs = undefined;
    this.#owner.onEvent(event);
  }

  #refused(refusal: Extract<ClientEvent, { kind: "refused" }>): void {
    const { code, text } = this.#wordsOf(refusal);
    const { user, password, application } = this.#request.url;
    const answer =
      refusal.request === "connect"
        ? answerRejection(refusal.description, { user, password, application }, newChallenge)
        : undefined;
    if (answer !== undefined && this.#attempts < MAX_ATTEMPTS) {
      this.#applicationQuery = answer;
      this.#connectsAgain = true;
    } else {
      this.#problem = { code, message: `the server refuses ${refusal.request}: ${text}` };
    }
    this.#attempt?.driver.end(code);
  }

  #wordsOf(said: Pick<Extract<ClientEvent, { kind: "ended" }>, "code" | "description">) {
    const [, answer = ""] = /&response=([^&]*)/.exec(this.#applicationQuery) ?? [];
    return serverWords(said, this.#request.url, [answer]);
  }

  #ending(reason: string): void {
    if (reason === "HANDSHAKE_DIGEST_INVALID" && this.#handshakeKind === "digest") {
      this.#handshakeKind = "simple";
      this.#connectsAgain = true;
    }
    if (this.#isEnded || this.#problem || this.#connectsAgain) return;
    this.#problem = { code: codeOf(reason), message: sentenceOf(reason) };
  }

  #onClosed(): void {
    this.#earlierBytes = this.bytes;
    this.#attempt = undefined;
    this.#askedMs = undefined;
    this.#mediaMs = undefined;
    const connectsAgain = this.#connectsAgain && !this.#isEnded;
    this.#connectsAgain = false;
    if (connectsAgain) this.#connect();
    else this.#over();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#context.driver.sweep.delete(this);
    const problem = this.#isEnded ? undefined : this.#problem;
    this.#isEnded = true;
    this.#owner.onOver(problem);
  }
}

/** Servers need not answer pings, and some do not. TCP notices servers that are gone. */
export function withoutPing(timeouts: ConnectionTimeouts): ConnectionTimeouts {
  return { ...timeouts, pingIntervalMs: Number.POSITIVE_INFINITY };
}

function newChallenge(): string {
  return randomBytes(4).toString("hex");
}

function codeOf(reason: string): string {
  if (/^[A-Z_]+$/.test(reason)) return reason;
  // A whole sentence is no code.
  return /^[\w ]+$/.test(reason)
    ? `CONNECTION_${reason.toUpperCase().replaceAll(" ", "_")}`
    : "CONNECTION_FAILED";
}

function sentenceOf(reason: string): string {
  switch (reason) {
    case "peer closed":
      return "the server has closed the connection";
    case "first byte timeout":
    case "handshake timeout":
    case "connect timeout":
    case "ping timeout":
      return `the server does not answer (${reason})`;
    case "stalled":
      return "the server takes no more bytes";
    default:
      return `the connection has ended: ${reason}`;
  }
}
