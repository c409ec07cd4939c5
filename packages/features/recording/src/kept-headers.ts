import { configuredTracks, parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { copyOf, type Message, MessageType } from "@headgate/message";

/** More kinds of metadata, and more tracks, than any encoder sends. A stream that has more loses the oldest. */
const MAX_HEADERS = 64;

/** The marker of a string in AMF0, and the bytes of its length. */
const STRING_MARKER = 2;
const STRING_HEAD_BYTES = 3;

/** What is in force where a recorder reads: metadata, and what decoders are configured with. A new file begins with it. */
export class KeptHeaders {
  readonly #byKey = new Map<string, Message>();

  /** Returns whether the message says anything new. */
  keep(message: Message): boolean {
    const key = keyOf(message);
    const known = this.#byKey.get(key);
    if (known && isEqual(known.payload, message.payload)) return false;
    // An encoder that stops sends an empty configuration, which takes nothing's place.
    if (known && saysNothing(message)) return false;
    if (!known && this.#byKey.size >= MAX_HEADERS) this.#byKey.delete(this.#byKey.keys().next().value!);
    this.#byKey.set(key, copyOf(message));
    return true;
  }

  /** All of them, with this timestamp: data before media. */
  at(timestamp: number): readonly Message[] {
    const all = [...this.#byKey.values()].map((message) => ({ ...message, timestamp }));
    const isData = ({ type }: Message): boolean => type !== MessageType.audio && type !== MessageType.video;
    return [...all.filter(isData), ...all.filter((message) => !isData(message))];
  }
}

function keyOf({ type, payload }: Message): string {
  if (type === MessageType.audio || type === MessageType.video) {
    const parse = type === MessageType.audio ? parseAudioHeader : parseVideoHeader;
    const { kind, tracks } = parse(payload);
    return `${type} ${kind} ${tracks.map(({ trackId }) => trackId).join(",")}`;
  }
  return `data ${handlerOf(payload)}`;
}

function handlerOf(payload: Uint8Array): string {
  if (payload[0] !== STRING_MARKER || payload.length < STRING_HEAD_BYTES) return "";
  const length = (payload[1]! << 8) | payload[2]!;
  return Buffer.from(payload.subarray(STRING_HEAD_BYTES, STRING_HEAD_BYTES + length)).toString("latin1");
}

function saysNothing({ type, payload }: Message): boolean {
  if (type === MessageType.video) {
    const header = parseVideoHeader(payload);
    return header.kind === "sequenceStart" && configuredTracks("video", header, payload).length === 0;
  }
  if (type !== MessageType.audio) return false;
  const header = parseAudioHeader(payload);
  return header.kind === "sequenceStart" && configuredTracks("audio", header, payload).length === 0;
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0;
}
