import { type AmfValue, decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { ClientHandshake } from "@headgate/handshake";
import { type Message, MessageType, readUserControl, UserControlType } from "@headgate/message";
import { ScriptedPeer } from "@headgate/scripted-peer";
import type { LinkHandler, MemoryLinkPair } from "@headgate/transport";

/** The first bytes of H.264 and AAC messages (FLV 10.1 §E.4). */
const HEADS: Record<string, readonly number[]> = {
  key: [0x17, 1, 0, 0, 0],
  inter: [0x27, 1, 0, 0, 0],
  avcC: [0x17, 0, 0, 0, 0],
  aac: [0xaf, 1],
  asc: [0xaf, 0],
};

interface MediaOptions {
  readonly netStreamId?: number;
  /** Of the payload; what the kind needs, if it is less. Bytes. */
  readonly length?: number;
}

/** A scripted client over a Link in memory. Whatever it says, it waits for what comes of that. */
export class TestClient extends ScriptedPeer implements LinkHandler {
  readonly pair: MemoryLinkPair;
  /** Why the connection is gone; undefined while it is not. */
  closed: { readonly reason: string | undefined } | undefined;
  readonly #settle: () => void;
  #taken = 0;

  constructor(pair: MemoryLinkPair, handshake: "simple" | "rtmpe", settle: () => void) {
    const random = (length: number) => new Uint8Array(length).fill(7);
    super(new ClientHandshake({ random, kind: handshake }), (bytes) => pair.far.write(bytes));
    this.pair = pair;
    this.#settle = settle;
    pair.far.open(this);
  }

  /** What it was told since the last time it was asked, as text. */
  take(): string[] {
    const heard = this.messages.slice(this.#taken);
    this.#taken = this.messages.length;
    return heard.map(readable).filter((text) => text !== undefined);
  }

  handshake(): void {
    this.start();
    this.#settle();
  }

  override send(message: Message, chunkStreamId?: number): void {
    super.send(message, chunkStreamId);
    this.#settle();
  }

  override sendRaw(bytes: Uint8Array): void {
    super.sendRaw(bytes);
    this.#settle();
  }

  /** Audio or video, named after what it is: key, inter, avcC, aac or asc. */
  media(kind: string, timestamp: number, { length = 0, netStreamId = 1 }: MediaOptions = {}): void {
    const isAudio = kind === "aac" || kind === "asc";
    const type = isAudio ? MessageType.audio : MessageType.video;
    this.payload(type, [isAudio ? 5 : 6, netStreamId], timestamp, mediaPayload(kind, length));
  }

  metadata(values: { readonly [key: string]: AmfValue }, netStreamId = 1): void {
    const payload = encodeAmf0Values(["@setDataFrame", "onMetaData", values]);
    this.payload(MessageType.dataAmf0, [4, netStreamId], 0, payload);
  }

  onBytes(bytes: Uint8Array): void {
    this.receive(bytes);
  }

  onWritable(): void {}

  onClosed(reason?: string): void {
    this.closed = { reason };
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
