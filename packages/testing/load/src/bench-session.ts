import { randomBytes } from "node:crypto";
import { type AmfValue, decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import { ChunkEncoder } from "@headgate/chunk";
import { ClientHandshake, type StreamCiphers } from "@headgate/handshake";
import { acknowledgement, type Message, MessageType, setChunkSize } from "@headgate/message";
import type { RtmpUrl } from "@headgate/session";
import type { Carrier } from "./carrier.ts";
import { LoadError, type LoadFailure } from "./load-error.ts";
import { openCarrier } from "./open-carrier.ts";
import { SkimmingReader } from "./skimming-reader.ts";
import { ANY_CERTIFICATE, type Trust } from "./trust.ts";

export interface SessionHandler {
  /** It publishes, plays or is connected, as requested. */
  onStarted(): void;
  onMedia(type: number, head: Uint8Array): void;
  onBytes(length: number): void;
  /** Not after `destroy`. */
  onEnded(error: LoadError): void;
}

/** For a connection, the handshake and the answer to `publish` or `play`. */
const START_WITHIN_MS = 10_000;

/** The outgoing chunk size of publishers: a frame in one piece, as most encoders send it. Bytes. */
const CHUNK_SIZE = 65_536;

/** A player acknowledges as it is asked to; every server's window is longer. Bytes. */
const ACKNOWLEDGE_EVERY = 1_000_000;

const STARTED = new Set(["NetStream.Publish.Start", "NetStream.Play.Start", "NetStream.Play.PublishNotify"]);
const PING_REQUEST = 6;
const PING_RESPONSE = 7;

export type HandshakeKind = "simple" | "digest" | "rtmpe";

export interface SessionOptions {
  readonly verb: "publish" | "play" | "connect";
  /** By default, the handshake of the URL's scheme. */
  readonly handshake?: HandshakeKind;
  /** Any certificate, unless told otherwise. */
  readonly trust?: Trust | undefined;
}

/** One light client: as much of RTMP as publishing or playing takes. */
export class BenchSession {
  readonly #url: RtmpUrl;
  readonly #verb: SessionOptions["verb"];
  readonly #kind: HandshakeKind;
  readonly #handler: SessionHandler;
  readonly #carrier: Carrier;
  readonly #handshake: ClientHandshake;
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
  #messageStreamId = 1;
  readonly #startTimer: NodeJS.Timeout;

  constructor(
    url: RtmpUrl,
    { verb, handshake, trust = ANY_CERTIFICATE }: SessionOptions,
    handler: SessionHandler,
  ) {
    this.#url = url;
    this.#verb = verb;
    this.#kind = handshake ?? (url.isEncrypted ? "rtmpe" : "simple");
    this.#handler = handler;
    this.#handshake = new ClientHandshake({
      random: randomBytes,
      kind: this.#kind,
    });
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

  media(type: number, timestamp: number, payload: Uint8Array): void {
    const chunkStreamId = type === MessageType.audio ? 4 : 6;
    this.#send({ type, timestamp, messageStreamId: this.#messageStreamId, payload }, chunkStreamId);
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
    if (this.#verb === "publish") {
      this.#send(setChunkSize(CHUNK_SIZE), 2);
      this.#encoder.useChunkSize(CHUNK_SIZE);
    }
    const { application, tcUrl } = this.#url;
    this.#command(0, "connect", 1, {
      app: application,
      type: "nonprivate",
      flashVer: "LNX 9,0,124,2",
      tcUrl,
      capabilities: 15,
      audioCodecs: 4071,
      videoCodecs: 252,
    });
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
    if (type === MessageType.audio || type === MessageType.video) this.#handler.onMedia(type, head);
    else if (type === MessageType.commandAmf0) this.#receiveCommand(new Uint8Array(head));
    else if (type === MessageType.userControl) this.#receiveUserControl(new Uint8Array(head));
  }

  #receiveUserControl(payload: Uint8Array): void {
    if (payload[1] !== PING_REQUEST) return;
    payload[1] = PING_RESPONSE;
    this.#send({ type: MessageType.userControl, timestamp: 0, messageStreamId: 0, payload }, 2);
  }

  #receiveCommand(payload: Uint8Array): void {
    const [name, transaction, , last] = decodeAmf0Values(payload);
    const code = codeOf(last);
    if (name === "_result" && transaction === 1 && this.#verb === "connect") {
      this.#start();
    } else if (name === "_result" && transaction === 1) {
      this.#command(0, "createStream", 2, null);
    } else if (name === "_result" && transaction === 2) {
      this.#messageStreamId = Number(last);
      const { streamName } = this.#url;
      if (this.#verb === "publish")
        this.#command(this.#messageStreamId, "publish", 3, null, streamName, "live");
      else this.#command(this.#messageStreamId, "play", 3, null, streamName, -2000);
    } else if (STARTED.has(code)) {
      this.#start();
    } else if (name === "_error" || /Failed|BadName|Denied|NotFound|Rejected/.test(code)) {
      this.refuse(`the server refuses: ${printable(code || String(name))}`);
    }
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    clearTimeout(this.#startTimer);
    if (this.#verb === "publish") this.#carrier.sendOnly();
    this.#handler.onStarted();
  }

  /** Ends it, as one that the server does not want. */
  refuse(reason: string): void {
    this.#end("refused", reason);
  }

  #command(messageStreamId: number, ...values: AmfValue[]): void {
    const payload = encodeAmf0Values(values);
    this.#send({ type: MessageType.commandAmf0, timestamp: 0, messageStreamId, payload }, 3);
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

function codeOf(info: AmfValue): string {
  const code = typeof info === "object" && info !== null && "code" in info ? info.code : "";
  return typeof code === "string" ? code : "";
}
