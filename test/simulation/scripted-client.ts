import { type AmfValue, decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { ChunkDecoder, ChunkEncoder } from "@headgate/chunk";
import { ClientHandshake, type RandomBytes, type StreamCiphers } from "@headgate/handshake";
import {
  type Message,
  MessageType,
  readControlValue,
  readUserControl,
  setChunkSize,
  UserControlType,
  userControl,
} from "@headgate/message";

/**
 * A message as a script compares it: a command or data message as its message stream id, its name and its values; any
 * other as its name and its number.
 */
type Heard = readonly AmfValue[];

/** A client that does what a script tells it, one step at a time, and answers nothing but pings by itself. */
export class ScriptedClient {
  /** Everything the server has said since the handshake. SetChunkSize concerns only the chunks and is not among it. */
  readonly heard: Heard[] = [];
  /** Keeps what it would say to itself from here on. */
  silent = false;
  readonly #handshake: ClientHandshake;
  readonly #decoder = new ChunkDecoder();
  readonly #encoder = new ChunkEncoder();
  #waiting: Uint8Array[] = [];

  constructor(options: {
    readonly random: RandomBytes;
    readonly handshake?: "simple" | "digest" | "rtmpe";
  }) {
    const { random, handshake = "simple" } = options;
    this.#handshake = new ClientHandshake({ random, kind: handshake });
  }

  /** Says it as soon as the handshake is done. */
  say(message: Message, chunkStreamId: number): void {
    this.sayRaw(this.#encoder.encode(message, chunkStreamId));
  }

  sayRaw(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
  }

  /** A command in AMF0; `on` names the chunk stream and the message stream, as each client has its own habits. */
  command(on: readonly [chunkStreamId: number, messageStreamId: number], ...values: AmfValue[]): void {
    this.sayValues(MessageType.commandAmf0, on, 0, encodeAmf0Values(values));
  }

  data(
    on: readonly [chunkStreamId: number, messageStreamId: number],
    timestamp: number,
    ...values: AmfValue[]
  ): void {
    this.sayValues(MessageType.dataAmf0, on, timestamp, encodeAmf0Values(values));
  }

  sayValues(type: number, on: readonly [number, number], timestamp: number, payload: Uint8Array): void {
    this.say({ type, timestamp, messageStreamId: on[1], payload }, on[0]);
  }

  useChunkSize(chunkSize: number): void {
    this.say(setChunkSize(chunkSize), 2);
    this.#encoder.useChunkSize(chunkSize);
  }

  receive(bytes: Uint8Array): void {
    const taken = this.#handshake.receive(bytes);
    if (taken === bytes.length) return;
    const rest = bytes.subarray(taken);
    this.#decoder.push(this.#ciphers?.decrypt.apply(rest) ?? rest);
    for (let message = this.#decoder.next(); message; message = this.#decoder.next()) this.#hear(message);
  }

  takeOutput(): Uint8Array | undefined {
    if (this.silent) return undefined;
    const pieces = [this.#handshake.takeOutput() ?? new Uint8Array(0)];
    const ready = this.#handshake.result ? this.#waiting.splice(0) : [];
    pieces.push(...ready.map((piece) => this.#ciphers?.encrypt.apply(piece) ?? piece));
    const output = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
    return output.length > 0 ? output : undefined;
  }

  /** The code of each onStatus heard, in order. */
  get statusCodes(): string[] {
    return this.heard
      .filter(([, name, , , info]) => name === "onStatus" && info)
      .map(([, , , , info]) => (info as { code: string }).code);
  }

  /** The reply to a transaction, without its name. */
  resultOf(transactionId: number): Heard | undefined {
    return this.heard.find((heard) => heard[1] === "_result" && heard[2] === transactionId)?.slice(3);
  }

  get #ciphers(): StreamCiphers | undefined {
    const { result } = this.#handshake;
    return result?.kind === "rtmpe" ? result.ciphers : undefined;
  }

  #hear(message: Message): void {
    const heard = readMessage(message);
    this.heard.push(heard);
    const [name, event, value] = heard;
    if (name !== "userControl" || event !== UserControlType.pingRequest) return;
    this.say(userControl({ event: UserControlType.pingResponse, value: value as number }), 2);
  }
}

function readMessage({ type, messageStreamId, payload }: Message): Heard {
  switch (type) {
    case MessageType.commandAmf3:
      return [messageStreamId, ...decodeAmf0Values(payload.subarray(1))];
    case MessageType.commandAmf0:
    case MessageType.dataAmf0:
      return [messageStreamId, ...decodeAmf0Values(payload)];
    case MessageType.userControl: {
      const control = readUserControl(payload);
      return ["userControl", control?.event, control?.value];
    }
    default:
      return [`type ${type}`, readControlValue(payload)];
  }
}
