import { randomBytes } from "node:crypto";
import { ProtocolError } from "@headgate/bytes";
import { ChunkEncoder } from "@headgate/chunk";
import { ClientHandshake, type StreamCiphers } from "@headgate/handshake";
import { acknowledgement, type Message, MessageType } from "@headgate/message";
import { type ClientEvent, ClientSession, type RtmpUrl } from "@headgate/session";
import type { Carrier } from "./carrier.ts";
import { LoadError, type LoadFailure } from "./load-error.ts";
import { openCarrier } from "./open-carrier.ts";
import { SkimmingReader } from "./skimming-reader.ts";
import { ANY_CERTIFICATE, type Trust } from "./trust.ts";

export interface SessionHandler {
  /** It plays or is connected, as requested. */
  onStarted(): void;
  onMedia(type: number, head: Uint8Array): void;
  onBytes(length: number): void;
  /** Not after `destroy`. */
  onEnded(error: LoadError): void;
}

/** For a connection, the handshake and the answer to `connect` and `play`. */
const START_WITHIN_MS = 10_000;

/** A player acknowledges as it is asked to; every server's window is longer. Bytes. */
const ACKNOWLEDGE_EVERY = 1_000_000;

/** What a viewer says of itself. */
const CLIENT = { flashVersion: "LNX 9,0,124,2", chunkSize: 128, ackWindow: 2_500_000 };

export type HandshakeKind = "simple" | "digest" | "rtmpe";

export interface SessionOptions {
  readonly verb: "play" | "connect";
  /** By default, the handshake of the URL's scheme. */
  readonly handshake?: HandshakeKind;
  /** Any certificate, unless told otherwise. */
  readonly trust?: Trust | undefined;
}

/** One light client: it talks to the server like any other, and of what it plays it reads the beginning of each message. */
export class LoadSession {
  readonly #verb: SessionOptions["verb"];
  readonly #kind: HandshakeKind;
  readonly #handler: SessionHandler;
  readonly #carrier: Carrier;
  readonly #handshake: ClientHandshake;
  readonly #session: ClientSession;
  readonly #encoder = new ChunkEncoder();
  readonly #reader = new SkimmingReader((type, head) => this.#receive(type, head));
  #ciphers: StreamCiphers | undefined;
  #decrypted = new Uint8Array(0);
  #received = 0;
  #acknowledged = 0;
  #isOpen = false;
  #isStarted = false;
  #isOver = false;
  #isDrained = false;
  readonly #startTimer: NodeJS.Timeout;

  constructor(
    url: RtmpUrl,
    { verb, handshake, trust = ANY_CERTIFICATE }: SessionOptions,
    handler: SessionHandler,
  ) {
    this.#verb = verb;
    this.#kind = handshake ?? (url.isEncrypted ? "rtmpe" : "simple");
    this.#handler = handler;
    this.#handshake = new ClientHandshake({ random: randomBytes, kind: this.#kind });
    this.#session = new ClientSession({ url, purpose: "play", start: "any", ...CLIENT });
    this.#carrier = openCarrier(url, trust, {
      onOpen: () => {
        this.#isOpen = true;
        this.#sendHandshake();
      },
      onBytes: (bytes) => this.#receiveBytes(bytes),
      onClosed: (reason) => this.#closed(reason),
    });
    this.#startTimer = setTimeout(() => {
      const what = this.#isOpen ? `answer to ${verb}` : "connection";
      this.#end(this.#isOpen ? "refused" : "unreachable", `no ${what} within ${START_WITHIN_MS / 1000} s`);
    }, START_WITHIN_MS);
  }

  readOnce(): void {
    this.#carrier.readOnce();
  }

  /** From now on bytes are counted, and not even deciphered: that is as cheap as a viewer can be. */
  drain(): void {
    this.#isDrained = true;
  }

  /** Reads no more. */
  pause(): void {
    this.#carrier.pause();
  }

  /** Sends something, so that a connection that does not read notices when it is lost. */
  poke(): void {
    this.#send(acknowledgement(this.#received >>> 0), 2);
  }

  destroy(): void {
    this.#isOver = true;
    clearTimeout(this.#startTimer);
    this.#carrier.destroy();
  }

  #closed(reason: string): void {
    if (!this.#isOpen) this.#end("unreachable", reason);
    else if (this.#isStarted) this.#end("interrupted", reason);
    else this.#end("refused", `${reason} instead of an answer to ${this.#verb}`);
  }

  #end(failure: LoadFailure, message: string): void {
    if (this.#isOver) return;
    this.destroy();
    this.#handler.onEnded(new LoadError(failure, message));
  }

  #sendHandshake(): void {
    const output = this.#handshake.takeOutput();
    if (output) this.#carrier.write(output);
  }

  #receiveBytes(bytes: Uint8Array): void {
    this.#handler.onBytes(bytes.length);
    try {
      this.#read(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(this.#isStarted ? "interrupted" : "refused", error.message);
    }
  }

  #read(bytes: Uint8Array): void {
    let rest = bytes;
    if (!this.#handshake.result) {
      // The memory is used anew, and a handshake keeps what it has got of a packet.
      const own = new Uint8Array(bytes);
      rest = own.subarray(this.#handshake.receive(own));
      this.#sendHandshake();
      if (!this.#handshake.result) return;
      this.#begin();
    }
    if (rest.length > 0) this.#receiveChunks(rest);
  }

  #begin(): void {
    const { result } = this.#handshake;
    if (result?.kind === "rtmpe") this.#ciphers = result.ciphers;
    if (result?.kind !== this.#kind)
      return this.refuse(`the server speaks only the ${result?.kind} handshake`);
    this.#talk();
  }

  #receiveChunks(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (!this.#isDrained) this.#reader.push(this.#ciphers ? this.#decrypt(this.#ciphers, bytes) : bytes);
    if (this.#received - this.#acknowledged < ACKNOWLEDGE_EVERY) return;
    this.#acknowledged = this.#received;
    this.poke();
  }

  #decrypt({ decrypt }: StreamCiphers, bytes: Uint8Array): Uint8Array {
    if (this.#decrypted.length < bytes.length) this.#decrypted = new Uint8Array(bytes.length);
    return decrypt.apply(bytes, this.#decrypted);
  }

  #receive(type: number, head: Uint8Array): void {
    if (type === MessageType.audio || type === MessageType.video) return this.#handler.onMedia(type, head);
    if (type !== MessageType.commandAmf0 && type !== MessageType.userControl) return;
    this.#session.receive({ type, timestamp: 0, messageStreamId: 0, payload: new Uint8Array(head) });
    this.#talk();
  }

  /** Acts on what the server has said, and answers. */
  #talk(): void {
    for (let event = this.#session.nextEvent(); event; event = this.#session.nextEvent())
      this.#onEvent(event);
    if (this.#isOver) return;
    for (let next = this.#session.nextMessage(); next; next = this.#session.nextMessage())
      this.#send(next.message, next.chunkStreamId);
  }

  #onEvent(event: ClientEvent): void {
    const isAccepted = event.kind === "connected" && this.#verb === "connect";
    if (isAccepted || event.kind === "started") this.#start();
    else if (event.kind === "refused")
      this.refuse(`the server refuses ${event.request}: ${printable(event.code)}`);
    else if (event.kind === "ended") this.#end("interrupted", `the server ends it: ${printable(event.code)}`);
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    clearTimeout(this.#startTimer);
    this.#handler.onStarted();
  }

  /** Ends it, as one that the server does not want. */
  refuse(reason: string): void {
    this.#end("refused", reason);
  }

  #send(message: Message, chunkStreamId: number): void {
    const bytes = this.#encoder.encode(message, chunkStreamId);
    this.#carrier.write(this.#ciphers ? this.#ciphers.encrypt.apply(bytes) : bytes);
  }
}

/** A server may send anything. */
function printable(text: string): string {
  return text.slice(0, 200).replace(/[^\x20-\x7e]/g, "?");
}
