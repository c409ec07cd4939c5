import { type AmfValue, decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { ChunkDecoder, ChunkEncoder } from "@headgate/chunk";
import { ClientHandshake, type StreamCiphers } from "@headgate/handshake";
import { type Message, MessageType, readUserControl, UserControlType, userControl } from "@headgate/message";
import type { LinkHandler, MemoryLinkPair } from "@headgate/transport";

/** C1 and C2, and so S1 and S2, are this long (RTMP 1.0 §5.2.3). */
const PACKET_LENGTH = 1536;
const SERVER_HANDSHAKE_LENGTH = 1 + 2 * PACKET_LENGTH;
const HANDSHAKE_PACKET: Uint8Array = new Uint8Array(PACKET_LENGTH);

/** The first bytes of H.264 and AAC messages (FLV 10.1 §E.4). */
const HEADS: Record<string, readonly number[]> = {
  key: [0x17, 1, 0, 0, 0],
  inter: [0x27, 1, 0, 0, 0],
  avcC: [0x17, 0, 0, 0, 0],
  aac: [0xaf, 1],
  asc: [0xaf, 0],
};

interface PublishOptions {
  readonly netStreamId?: number;
  readonly type?: string;
}

interface PlayOptions {
  readonly netStreamId?: number;
  readonly durationMs?: number;
}

interface MediaOptions {
  readonly netStreamId?: number;
  /** Of the payload; what the kind needs, if it is less. Bytes. */
  readonly length?: number;
}

/**
 * A client by hand: says exactly what a test wants said, and keeps what it is told as readable text. It answers nothing by
 * itself but pings.
 */
export class TestClient implements LinkHandler {
  readonly pair: MemoryLinkPair;
  /** Why the connection is gone; undefined while it is not. */
  closed: { readonly reason: string | undefined } | undefined;
  answersPings = true;
  readonly #settle: () => void;
  readonly #encoder = new ChunkEncoder();
  readonly #decoder = new ChunkDecoder();
  #rtmpe: ClientHandshake | undefined;
  #handshakeLeft = SERVER_HANDSHAKE_LENGTH;
  #heard: string[] = [];
  #transactionId = 0;

  constructor(pair: MemoryLinkPair, settle: () => void) {
    this.pair = pair;
    this.#settle = settle;
    pair.far.open(this);
  }

  /** What it was told since the last time it was asked. */
  take(): string[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  send(bytes: Uint8Array): void {
    this.#write(bytes);
    this.#settle();
  }

  sendMessage(message: Message, chunkStreamId = 3): void {
    this.send(this.#encoder.encode(message, chunkStreamId));
  }

  handshake(): void {
    this.send(Uint8Array.of(3));
    this.send(HANDSHAKE_PACKET);
    this.send(HANDSHAKE_PACKET);
  }

  /** Instead of `handshake`: from here on, all is encrypted. */
  rtmpeHandshake(): void {
    const random = (length: number) => new Uint8Array(length).fill(7);
    const handshake = new ClientHandshake({ random, kind: "rtmpe" });
    this.#rtmpe = handshake;
    this.pair.far.write(handshake.takeOutput()!);
    this.#settle();
    this.pair.far.write(handshake.takeOutput()!);
    this.#settle();
  }

  command(messageStreamId: number, ...values: AmfValue[]): void {
    const payload = encodeAmf0Values(values);
    this.sendMessage({ type: MessageType.commandAmf0, timestamp: 0, messageStreamId, payload });
  }

  connect(app: string, fields: { readonly [key: string]: AmfValue } = {}): void {
    const tcUrl = `rtmp://localhost/${app}`;
    this.command(0, "connect", 1, { app, tcUrl, flashVer: "test client", ...fields });
  }

  /** On the next NetStream, counted from 1. */
  publish(name: string, { netStreamId = 1, type = "live" }: PublishOptions = {}): void {
    this.command(0, "createStream", this.#nextTransaction(), null);
    this.command(netStreamId, "publish", 0, null, name, type);
  }

  play(name: string, { netStreamId = 1, durationMs = -1 }: PlayOptions = {}): void {
    this.command(0, "createStream", this.#nextTransaction(), null);
    this.command(netStreamId, "play", 0, null, name, -2000, durationMs);
  }

  /** Audio or video, named after what it is: key, inter, avcC, aac or asc. */
  media(kind: string, timestamp: number, { length = 0, netStreamId = 1 }: MediaOptions = {}): void {
    const isAudio = kind === "aac" || kind === "asc";
    const type = isAudio ? MessageType.audio : MessageType.video;
    const payload = mediaPayload(kind, length);
    this.sendMessage({ type, timestamp, messageStreamId: netStreamId, payload }, isAudio ? 5 : 6);
  }

  metadata(values: { readonly [key: string]: AmfValue }, netStreamId = 1): void {
    const payload = encodeAmf0Values(["@setDataFrame", "onMetaData", values]);
    this.sendMessage({ type: MessageType.dataAmf0, timestamp: 0, messageStreamId: netStreamId, payload }, 4);
  }

  onBytes(bytes: Uint8Array): void {
    const handshake = Math.min(this.#handshakeLeft, bytes.length);
    this.#handshakeLeft -= handshake;
    this.#rtmpe?.receive(bytes.subarray(0, handshake));
    const chunks = bytes.subarray(handshake);
    // A copy: the decoder may keep what it is given, and the Link takes it back.
    this.#decoder.push(this.#ciphers?.decrypt.apply(chunks) ?? new Uint8Array(chunks));
    for (let message = this.#decoder.next(); message; message = this.#decoder.next()) this.#hear(message);
  }

  onWritable(): void {}

  onClosed(reason?: string): void {
    this.closed = { reason };
  }

  #hear(message: Message): void {
    const text = readable(message);
    if (text) this.#heard.push(text);
    if (message.type !== MessageType.userControl || !this.answersPings) return;
    const { event, value } = readUserControl(message.payload) ?? {};
    if (event !== UserControlType.pingRequest) return;
    const pong = userControl({ event: UserControlType.pingResponse, value: value ?? 0 });
    this.#write(this.#encoder.encode(pong, 2));
  }

  get #ciphers(): StreamCiphers | undefined {
    const result = this.#rtmpe?.result;
    return result?.kind === "rtmpe" ? result.ciphers : undefined;
  }

  #write(bytes: Uint8Array): void {
    this.pair.far.write(this.#ciphers?.encrypt.apply(bytes) ?? bytes);
  }

  #nextTransaction(): number {
    this.#transactionId += 1;
    return this.#transactionId + 1;
  }
}

function mediaPayload(kind: string, length: number): Uint8Array {
  const head = HEADS[kind];
  if (!head) throw new Error(`no such kind of message: ${kind}`);
  const payload = new Uint8Array(Math.max(length, head.length));
  payload.set(head);
  return payload;
}

/** A status by its code, media by kind and timestamp, with the NetStream behind; nothing for protocol control. */
function readable({ type, timestamp, messageStreamId, payload }: Message): string | undefined {
  switch (type) {
    case MessageType.commandAmf0:
      return `${readableCommand(decodeAmf0Values(payload))}${on(messageStreamId)}`;
    case MessageType.dataAmf0:
      return `${String(decodeAmf0Values(payload)[0])}${on(messageStreamId)}`;
    case MessageType.audio:
    case MessageType.video:
      return `${kindOf(payload)} ${timestamp}${on(messageStreamId)}`;
    case MessageType.userControl:
      return readUserControl(payload)?.event === UserControlType.pingRequest ? "ping" : undefined;
    default:
      return undefined;
  }
}

function readableCommand(values: readonly AmfValue[]): string {
  const info = values[3] as { readonly code?: string } | null | undefined;
  const name = String(values[0]);
  if (name === "onStatus") return String(info?.code);
  return info?.code === undefined ? name : `${name} ${info.code}`;
}

function on(messageStreamId: number): string {
  return messageStreamId === 0 ? "" : ` on ${messageStreamId}`;
}

function kindOf(payload: Uint8Array): string {
  const isKind = ([, head]: [string, readonly number[]]) => head.every((byte, i) => payload[i] === byte);
  return Object.entries(HEADS).find(isKind)?.[0] ?? "other";
}
