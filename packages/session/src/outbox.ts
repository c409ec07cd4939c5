import type { AmfObject, AmfValue } from "@headgate/amf";
import type { Message } from "@headgate/chunk";
import { commandMessage, type ObjectEncoding } from "./command.ts";
import { dataMessage } from "./data-message.ts";
import type { SessionEvent } from "./events.ts";

/** A message and the chunk stream it is to travel on. */
export interface OutgoingMessage {
  readonly chunkStreamId: number;
  readonly message: Message;
}

/**
 * The chunk streams of what the session itself says. Audio, video and data of published streams travel on others, so
 * that the two never disturb each other's header compression.
 */
const ChunkStreamId = { control: 2, command: 3, netStream: 8 } as const;

/** What a session has to say: events to the driver, messages to the peer, each in order. */
export class Outbox {
  objectEncoding: ObjectEncoding = 0;
  readonly #events: SessionEvent[] = [];
  readonly #messages: OutgoingMessage[] = [];

  nextEvent(): SessionEvent | undefined {
    return this.#events.shift();
  }

  nextMessage(): OutgoingMessage | undefined {
    return this.#messages.shift();
  }

  emit(event: SessionEvent): void {
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

  data(netStreamId: number, ...values: AmfValue[]): void {
    this.#messages.push({
      chunkStreamId: ChunkStreamId.netStream,
      message: dataMessage(netStreamId, values),
    });
  }
}
