import type { ByteReader, ByteWriter } from "@headgate/bytes";
import { type AudioHeader, configuredTracks, type Track, type VideoHeader } from "@headgate/flv";
import { MessageType } from "@headgate/message";
import { notSaved } from "./entry-table.ts";
import { MAX_HEADER_BYTES, MAX_HEADER_CHANGES, MAX_HEADERS } from "./limits.ts";

/** A decoder configuration, or what else a player needs before its first frame. */
export interface Header {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** What is in force from an entry on. */
interface Change {
  readonly from: number;
  readonly headers: readonly Header[];
}

const NO_HEADERS: readonly Header[] = [];

/**
 * Which decoder configurations are in force at an entry of a file. Encoders repeat theirs, and some change between a few: each
 * is kept once. Beyond the limits a header is a message like any other, and who begins behind it gets an older one.
 */
export class HeaderHistory {
  /** By medium, track and kind. */
  readonly #inForce = new Map<string, Header>();
  readonly #known: Header[] = [];
  readonly #changes: Change[] = [];
  /** By medium and track: what its configuration is for. */
  readonly #codecs = new Map<string, string>();
  #knownBytes = 0;
  /** The tracks of the frames seen last, whose codecs have been compared. */
  #videoTracks: readonly Track[] | undefined;
  #audioTracks: readonly Track[] | undefined;

  /** Takes in a message; what it says is in force from the entry `from` on. */
  video(header: VideoHeader, payload: Uint8Array, from: number): void {
    const { kind, tracks } = header;
    if (kind === "frames" && tracks !== this.#videoTracks) {
      this.#videoTracks = tracks;
      this.#forgetOtherCodecs("video", tracks, from);
    }
    if (kind === "sequenceStart") this.#configure("video", header, payload, from);
    if (kind === "metadata") this.#retain(keysOf("video", kind, tracks), MessageType.video, payload, from);
  }

  audio(header: AudioHeader, payload: Uint8Array, from: number): void {
    const { kind, tracks } = header;
    if (kind === "frames" && tracks !== this.#audioTracks) {
      this.#audioTracks = tracks;
      this.#forgetOtherCodecs("audio", tracks, from);
    }
    if (kind === "sequenceStart") this.#configure("audio", header, payload, from);
    if (kind === "multichannelConfig")
      this.#retain(keysOf("audio", kind, tracks), MessageType.audio, payload, from);
  }

  /** What is in force where this entry stands. */
  at(entry: number): readonly Header[] {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#changes[middle]!.from <= entry) low = middle + 1;
      else high = middle;
    }
    return this.#changes[low - 1]?.headers ?? NO_HEADERS;
  }

  save(writer: ByteWriter): void {
    writer.u8(this.#known.length);
    for (const { type, payload } of this.#known) writer.u8(type).u32(payload.length).raw(payload);
    const number = (header: Header) => this.#known.indexOf(header);
    writer.u32(this.#changes.length);
    for (const { from, headers } of this.#changes) {
      writer.u32(from).u8(headers.length);
      for (const header of headers) writer.u8(number(header));
    }
    writer.u16(this.#inForce.size);
    for (const [key, header] of this.#inForce) writer.utf8WithU16Length(key).u8(number(header));
    writer.u16(this.#codecs.size);
    for (const [track, codec] of this.#codecs) writer.utf8WithU16Length(track).utf8WithU16Length(codec);
  }

  /** Throws a ProtocolError if this is not what was saved. */
  static load(reader: ByteReader): HeaderHistory {
    const history = new HeaderHistory();
    const text = () => utf8.decode(reader.take(reader.u16()));
    const header = () => {
      const known = history.#known[reader.u8()];
      if (known === undefined) throw notSaved();
      return known;
    };
    times(reader.u8(), () => {
      history.#known.push({ type: reader.u8(), payload: new Uint8Array(reader.take(reader.u32())) });
      history.#knownBytes += history.#known.at(-1)!.payload.length;
    });
    times(reader.u32(), () => {
      const from = reader.u32();
      history.#changes.push({ from, headers: times(reader.u8(), header) });
    });
    times(reader.u16(), () => history.#inForce.set(text(), header()));
    times(reader.u16(), () => history.#codecs.set(text(), text()));
    return history;
  }

  /** An empty configuration takes nothing's place. */
  #configure(
    medium: "audio" | "video",
    header: AudioHeader | VideoHeader,
    payload: Uint8Array,
    from: number,
  ): void {
    const tracks = configuredTracks(medium, header, payload);
    if (tracks.length === 0) return;
    this.#forgetOtherCodecs(medium, tracks, from);
    for (const { trackId, codec } of tracks) this.#codecs.set(`${medium} ${trackId}`, codec);
    this.#retain(keysOf(medium, "sequenceStart", tracks), MessageType[medium], payload, from);
    if (medium === "audio") this.#audioTracks = undefined;
    else this.#videoTracks = undefined;
  }

  /** The configuration of one codec is nothing to the decoder of another, which may take it for its own. */
  #forgetOtherCodecs(medium: "audio" | "video", tracks: readonly Track[], from: number): void {
    let hasForgotten = false;
    for (const { trackId, codec } of tracks) {
      const track = `${medium} ${trackId}`;
      if ((this.#codecs.get(track) ?? codec) === codec) continue;
      this.#codecs.delete(track);
      for (const kind of HEADER_KINDS[medium]) this.#inForce.delete(`${track} ${kind}`);
      hasForgotten = true;
    }
    if (hasForgotten) this.#remember(from);
  }

  #retain(keys: readonly string[], type: number, payload: Uint8Array, from: number): void {
    const header = this.#knownOrNew(type, payload);
    if (header === undefined || keys.every((key) => this.#inForce.get(key) === header)) return;
    for (const key of keys) this.#inForce.set(key, header);
    this.#remember(from);
  }

  #knownOrNew(type: number, payload: Uint8Array): Header | undefined {
    const known = this.#known.find((header) => header.type === type && areEqual(header.payload, payload));
    if (known) return known;
    if (this.#known.length >= MAX_HEADERS || this.#knownBytes + payload.length > MAX_HEADER_BYTES)
      return undefined;
    const header = { type, payload: new Uint8Array(payload) };
    this.#known.push(header);
    this.#knownBytes += payload.length;
    return header;
  }

  #remember(from: number): void {
    if (this.#changes.at(-1)?.from === from) this.#changes.pop();
    if (this.#changes.length >= MAX_HEADER_CHANGES) return;
    this.#changes.push({ from, headers: [...new Set(this.#inForce.values())] });
  }
}

const utf8 = new TextDecoder();

/** A count costs nothing: each time reads bytes that are there. */
function times<Read>(count: number, read: () => Read): Read[] {
  const all: Read[] = [];
  for (let left = count; left > 0; left -= 1) all.push(read());
  return all;
}

const HEADER_KINDS = {
  audio: ["sequenceStart", "multichannelConfig"],
  video: ["sequenceStart", "metadata"],
} as const;

function keysOf(medium: string, kind: string, tracks: readonly Track[]): string[] {
  return tracks.map(({ trackId }) => `${medium} ${trackId} ${kind}`);
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
