import type { AmfObject, AmfValue } from "@headgate/amf";
import { type Message, MessageType } from "@headgate/message";
import { commandMessage, type ObjectEncoding } from "./command.ts";
import { dataMessage } from "./data-message.ts";
import { Queue } from "./queue.ts";

/** A message and its chunk stream. */
export interface OutgoingMessage {
  readonly chunkStreamId: number;
  readonly message: Message;
}

/**
 * The chunk streams of the session's own messages, and of the media of a client that publishes. A server's viewers get theirs
 * from the stream's log, in which it has been encoded once for all.
 */
const ChunkStreamId = { control: 2, command: 3, data: 4, audio: 5, video: 6, netStream: 8 } as const;

/** The output of a session: events for the driver, messages for the peer, each in order. */
export class Outbox<Event> {
  objectEncoding: ObjectEncoding = 0;
  readonly #events = new Queue<Event>();
  readonly #messages = new Queue<OutgoingMessage>();

  nextEvent(): Event | undefined {
    return this.#events.shift();
  }

  nextMessage(): OutgoingMessage | undefined {
    return this.#messages.shift();
  }

  emit(event: Event): void {
    this.#events.push(event);
  }

  /** A protocol control or user control message. */
  control(message: Message): void {
    this.#messages.push({ chunkStreamId: ChunkStreamId.control, message });
  }

  /** `_result` or `_error`; nothing for transaction 0, which wants no reply. */
  reply(name: "_result" | "_error", transactionId: number, ...values: AmfValue[]): void {
    if (transactionId !== 0) this.command(0, name, transactionId, ...values);
  }

  command(messageStreamId: number, ...values: AmfValue[]): void {
    const chunkStreamId = messageStreamId === 0 ? ChunkStreamId.command : ChunkStreamId.netStream;
    const message = commandMessage(messageStreamId, values, this.objectEncoding);
    this.#messages.push({ chunkStreamId, message });
  }

  /** GStreamer and Flash want it on the NetStream it is about. */
  onStatus(netStreamId: number, info: AmfObject): void {
    this.command(netStreamId, "onStatus", 0, null, info);
  }

  /** Audio, video or data of a stream that is published. */
  media(message: Message): void {
    this.#messages.push({ chunkStreamId: mediaChunkStreamId(message.type), message });
  }

  /** A message of another session, of any type. */
  pass(message: Message): void {
    this.#messages.push({ chunkStreamId: chunkStreamIdOf(message), message });
  }

  data(netStreamId: number, ...values: AmfValue[]): void {
    this.dataAt(0, netStreamId, ...values);
  }

  /** The same with a time of the stream's. Milliseconds. */
  dataAt(timestamp: number, netStreamId: number, ...values: AmfValue[]): void {
    this.#messages.push({
      chunkStreamId: ChunkStreamId.netStream,
      message: { ...dataMessage(netStreamId, values), timestamp },
    });
  }
}

function chunkStreamIdOf({ type, messageStreamId }: Message): number {
  if (type === MessageType.userControl) return ChunkStreamId.control;
  if (type === MessageType.audio || type === MessageType.video || DATA_TYPES.has(type))
    return mediaChunkStreamId(type);
  return messageStreamId === 0 ? ChunkStreamId.command : ChunkStreamId.netStream;
}

const DATA_TYPES: ReadonlySet<number> = new Set([MessageType.dataAmf0, MessageType.dataAmf3]);

function mediaChunkStreamId(type: number): number {
  if (type === MessageType.audio) return ChunkStreamId.audio;
  return type === MessageType.video ? ChunkStreamId.video : ChunkStreamId.data;
}
