import { decodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import { FLV_TAG_TYPE, parseVideoHeader, TAG_HEADER_BYTES, type VideoHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import { lastAtOrBefore } from "./entry-table.ts";
import type { FlvIndex } from "./flv-index.ts";
import { FlvOpening } from "./flv-opening.ts";
import { MAX_LISTED_GAP_MS, SAMPLED_PLACES } from "./limits.ts";
import { FILE_AMF_LIMITS, metadataPayload, ownMembers } from "./metadata.ts";
import { tagAt } from "./tag-at.ts";

/** Where a player can begin. */
export interface FlvPlace {
  /** Of the tag. */
  readonly position: number;
  /** From 0 at the first frame of the file. Milliseconds. */
  readonly timeMs: number;
  /** Whether nothing but the list says so. */
  readonly isListed: boolean;
}

interface KeyframeList {
  /** Milliseconds. */
  readonly times: readonly number[];
  readonly positions: readonly number[];
}

/** Times in lists are fractions of seconds. Milliseconds. */
const MAX_TIME_ERROR_MS = 1;

/**
 * What the first tags of a file say of all of it: other programs list the keyframes in `onMetaData`, so that a player can begin
 * anywhere without the file being read. A list may be wrong: what it says of a place is believed once the tag there has been looked at.
 * Decoder configurations are those of the beginning, as far as the codec at a place agrees.
 */
export class FlvListing {
  readonly durationMs: number;
  readonly #beginning: FlvIndex;
  readonly #times: Uint32Array;
  readonly #positions: readonly number[];
  readonly #codec: string | undefined;

  private constructor(
    beginning: FlvIndex,
    list: KeyframeList,
    durationMs: number,
    codec: string | undefined,
  ) {
    this.#beginning = beginning;
    this.#times = Uint32Array.from(list.times);
    this.#positions = list.positions;
    this.durationMs = durationMs;
    this.#codec = codec;
  }

  /** By the first bytes of a file, as many as an opening wants; undefined if nothing is listed, or nothing that can be true. */
  static read(bytes: Uint8Array, fileBytes: number): FlvListing | undefined {
    try {
      const opening = new FlvOpening();
      opening.feed(bytes);
      return FlvListing.#in(bytes, opening, fileBytes);
    } catch (error) {
      if (error instanceof ProtocolError) return undefined;
      throw error;
    }
  }

  static #in(bytes: Uint8Array, { index, firstTag }: FlvOpening, fileBytes: number): FlvListing | undefined {
    const values = metadataAt(bytes, firstTag);
    const listed = values && listIn(values.keyframes, fileBytes);
    const list = listed && inTimeOf(index, listed);
    if (!list) return undefined;
    const durationMs = durationIn(values!.duration, list.times.at(-1)!, index.shiftMs);
    if (durationMs === undefined) return undefined;
    const first = parseVideoHeader(bytes.subarray(index.position(index.keyframes.entry(0))));
    return new FlvListing(index, list, durationMs, codecOf(first));
  }

  /** Some of the places that are listed. A list that is wrong there is wrong. */
  get samples(): readonly FlvPlace[] {
    const last = this.#times.length - 1;
    return Array.from({ length: SAMPLED_PLACES }, (_, at) =>
      this.#listed(Math.round((at * last) / (SAMPLED_PLACES - 1))),
    );
  }

  /** The newest place at or before the time. */
  placeFor(positionMs: number): FlvPlace {
    const entry = this.#beginning.atOrBefore(positionMs);
    const known = {
      position: this.#beginning.tagPosition(entry),
      timeMs: this.#beginning.timestampMs(entry),
      isListed: false,
    };
    const point = lastAtOrBefore(this.#times, this.#times.length, positionMs);
    return point >= 0 && this.#times[point]! > known.timeMs ? this.#listed(point) : known;
  }

  /** Whether the tag that begins with these bytes is what the list says of this place. */
  isRight({ timeMs }: FlvPlace, bytes: Uint8Array): boolean {
    const tag = tagAt(bytes);
    if (tag?.type !== FLV_TAG_TYPE.video) return false;
    const header = parseVideoHeader(bytes.subarray(TAG_HEADER_BYTES));
    const errorMs = (tag.timestamp - (timeMs + this.#beginning.shiftMs)) | 0;
    const isKeyframe = header.kind === "frames" && header.isKeyframe;
    return isKeyframe && Math.abs(errorMs) <= MAX_TIME_ERROR_MS && codecOf(header) === this.#codec;
  }

  /** What a player needs there. */
  headers({ timeMs, isListed }: FlvPlace): readonly Message[] {
    const index = this.#beginning;
    const entry = isListed ? index.count - 1 : index.atOrBefore(timeMs);
    const [, ...headers] = index.headers(entry).map((header) => ({ ...header, timestamp: timeMs }));
    const payload = metadataPayload(index.membersAt(entry), { duration: this.durationMs / 1000 });
    return [{ type: MessageType.dataAmf0, timestamp: timeMs, messageStreamId: 0, payload }, ...headers];
  }

  /** The publisher's metadata within the file, as a player gets it. */
  metadata(payload: Uint8Array): Uint8Array {
    const members = ownMembers(payload) ?? this.#beginning.membersAt(0);
    return metadataPayload(members, { duration: this.durationMs / 1000 });
  }

  #listed(point: number): FlvPlace {
    return { position: this.#positions[point]!, timeMs: this.#times[point]!, isListed: true };
  }
}

function metadataAt(bytes: Uint8Array, at: number): Readonly<Record<string, unknown>> | undefined {
  const tag = tagAt(bytes.subarray(at));
  const end = at + TAG_HEADER_BYTES + (tag?.length ?? 0);
  if (tag?.type !== FLV_TAG_TYPE.script || end > bytes.length) return undefined;
  const [, value] = decodeAmf0Values(bytes.subarray(at + TAG_HEADER_BYTES, end), FILE_AMF_LIMITS);
  return propertiesOf(value);
}

/** Undefined unless each keyframe comes soon after the one before, in the file and in time. */
function listIn(value: unknown, fileBytes: number): KeyframeList | undefined {
  // biome-ignore lint/suspicious/noExplicitAny: decoded values are looked at one by one
  const { times, filepositions } = propertiesOf(value as any) ?? {};
  if (!Array.isArray(times) || !Array.isArray(filepositions)) return undefined;
  if (times.length !== filepositions.length || times.length < 2) return undefined;
  const list = { times: [] as number[], positions: [] as number[] };
  for (const [at, seconds] of times.entries()) {
    const position = filepositions[at];
    if (typeof seconds !== "number" || typeof position !== "number") return undefined;
    const time = Math.round(seconds * 1000);
    const [lastTime = time, lastPosition = 0] = [list.times.at(-1), list.positions.at(-1)];
    const isNext = time >= lastTime && time - lastTime <= MAX_LISTED_GAP_MS && position > lastPosition;
    if (!isNext || !Number.isSafeInteger(position) || position >= fileBytes) return undefined;
    list.times.push(time);
    list.positions.push(position);
  }
  return list.times[0]! >= 0 && list.times.at(-1)! <= 0xffff_ffff ? list : undefined;
}

/** Some writers count from 0, or from before they have moved all timestamps: the first keyframes of the file say what a time means. */
function inTimeOf(index: FlvIndex, { times, positions }: KeyframeList): KeyframeList | undefined {
  const known = new Map<number, number>();
  for (let point = 0; point < index.keyframes.count; point += 1) {
    const entry = index.keyframes.entry(point);
    known.set(index.tagPosition(entry), (index.fileTimestampMs(entry) - index.shiftMs) >>> 0);
  }
  const first = positions.findIndex((position) => known.has(position));
  if (first < 0) return undefined;
  const shiftMs = known.get(positions[first]!)! - times[first]!;
  return { times: times.slice(first).map((time) => time + shiftMs), positions: positions.slice(first) };
}

/** Writers count from 0, or from the first timestamp. Undefined if the list ends long before the file. */
function durationIn(value: unknown, lastMs: number, shiftMs: number): number | undefined {
  if (typeof value !== "number") return undefined;
  const told = Math.round(value * 1000);
  return [told - shiftMs, told].find(
    (durationMs) => durationMs >= lastMs && durationMs - lastMs <= MAX_LISTED_GAP_MS,
  );
}

function codecOf({ tracks }: VideoHeader): string | undefined {
  return tracks[0]?.codec;
}
