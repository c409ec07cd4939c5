import { type AmfValue, decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { ChunkDecoder, ChunkEncoder } from "@headgate/chunk";
import type { Handshake, StreamCiphers } from "@headgate/handshake";
import {
  type Message,
  MessageType,
  readUserControl,
  setChunkSize,
  UserControlType,
  userControl,
} from "@headgate/message";

/** The message stream on which something is said, or chunk stream and message stream: each client has its own habits. */
export type MessageRoute = number | readonly [chunkStreamId: number, messageStreamId: number];

interface PublishOptions {
  /** NetStreams are counted from 1. */
  readonly netStreamId?: number;
  readonly type?: string;
}

interface PlayOptions {
  readonly netStreamId?: number;
  readonly durationMs?: number;
}

/** One end of an RTMP connection that says just what a test has it say, and answers nothing by itself but pings. */
export class ScriptedPeer {
  /** All it has heard since the handshake. */
  readonly messages: Message[] = [];
  /** Called with each AMF0 command it hears: its name, its number, its values. */
  onCommand: (command: readonly AmfValue[]) => void = () => {};
  answersPings = true;
  readonly #handshake: Handshake;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #decoder = new ChunkDecoder();
  readonly #encoder = new ChunkEncoder();
  /** Messages for after the handshake. */
  readonly #early: Uint8Array[] = [];
  #transactionId = 1;

  /** Client or server, as the handshake is. */
  constructor(handshake: Handshake, write: (bytes: Uint8Array) => void) {
    this.#handshake = handshake;
    this.#write = write;
  }

  /** Sends the first bytes of a client's handshake. */
  start(): void {
    this.#continueHandshake();
  }

  receive(bytes: Uint8Array): void {
    const taken = this.#handshake.receive(bytes, 0);
    this.#continueHandshake();
    if (taken === bytes.length) return;
    const chunks = bytes.subarray(taken);
    // A copy: the decoder keeps what it is given, and the memory may be a socket's.
    this.#decoder.push(this.#ciphers?.decrypt.apply(chunks) ?? new Uint8Array(chunks));
    for (let message = this.#decoder.next(); message; message = this.#decoder.next()) this.#hear(message);
  }

  /** Sends bytes that need not be chunks, nor wait for the handshake. */
  sendRaw(bytes: Uint8Array): void {
    this.#output(bytes);
  }

  /** Sends a message once the handshake is done. The chunk stream must suit what else is said on it. */
  send(message: Message, chunkStreamId = 3): void {
    const bytes = this.#encoder.encode(message, chunkStreamId);
    if (this.#handshake.result) this.#output(bytes);
    else this.#early.push(bytes);
  }

  useChunkSize(chunkSize: number): void {
    this.send(setChunkSize(chunkSize), 2);
    this.#encoder.useChunkSize(chunkSize);
  }

  /** A command in AMF0. */
  command(route: MessageRoute, ...values: AmfValue[]): void {
    this.payload(MessageType.commandAmf0, route, 0, encodeAmf0Values(values));
  }

  payload(type: number, route: MessageRoute, timestamp: number, payload: Uint8Array): void {
    const [chunkStreamId, messageStreamId] = typeof route === "number" ? [3, route] : route;
    this.send({ type, timestamp, messageStreamId, payload }, chunkStreamId);
  }

  connect(app: string, fields: { readonly [key: string]: AmfValue } = {}): void {
    const tcUrl = `rtmp://localhost/${app}`;
    this.command(0, "connect", 1, { app, tcUrl, flashVer: "scripted peer", ...fields });
  }

  /** On a new NetStream. */
  publish(name: string, { netStreamId = 1, type = "live" }: PublishOptions = {}): void {
    this.#createStream();
    this.command(netStreamId, "publish", 0, null, name, type);
  }

  play(name: string, { netStreamId = 1, durationMs = -1 }: PlayOptions = {}): void {
    this.#createStream();
    this.command(netStreamId, "play", 0, null, name, -2000, durationMs);
  }

  /** The AMF0 commands heard so far, by name and number. */
  get commands(): readonly (readonly AmfValue[])[] {
    return this.messages
      .filter(({ type }) => type === MessageType.commandAmf0)
      .map(({ payload }) => decodeAmf0Values(payload));
  }

  #createStream(): void {
    this.#transactionId += 1;
    this.command(0, "createStream", this.#transactionId, null);
  }

  #continueHandshake(): void {
    const output = this.#handshake.takeOutput();
    if (output) this.#write(output);
    if (this.#handshake.result) for (const bytes of this.#early.splice(0)) this.#output(bytes);
  }

  #hear(message: Message): void {
    this.messages.push(message);
    if (this.answersPings && message.type === MessageType.userControl) this.#answerPing(message);
    if (message.type === MessageType.commandAmf0) this.onCommand(decodeAmf0Values(message.payload));
  }

  #answerPing({ payload }: Message): void {
    const { event, value } = readUserControl(payload) ?? {};
    if (event !== UserControlType.pingRequest) return;
    const pong = userControl({ event: UserControlType.pingResponse, value: value ?? 0 });
    this.#output(this.#encoder.encode(pong, 2));
  }

  #output(bytes: Uint8Array): void {
    this.#write(this.#ciphers?.encrypt.apply(bytes) ?? bytes);
  }

  get #ciphers(): StreamCiphers | undefined {
    const { result } = this.#handshake;
    return result?.kind === "rtmpe" ? result.ciphers : undefined;
  }
}
