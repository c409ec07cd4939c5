import type { ByteReader, ByteWriter } from "@headgate/bytes";
import { parseAudioHeader, parseVideoHeader, TAG_HEADER_BYTES, type VideoHeader } from "@headgate/flv";
import { isMetadata, type Message, MessageType } from "@headgate/message";
import { EntryTable } from "./entry-table.ts";
import { FileClock } from "./file-clock.ts";
import { HeaderHistory } from "./header-history.ts";
import { MAX_METADATA_CHANGES } from "./limits.ts";
import { type Members, metadataPayload, NO_MEMBERS, ownMembers } from "./metadata.ts";
import { SyncPoints } from "./sync-points.ts";

/** A tag as it stands in a file, or is about to. */
export interface PlacedTag {
  /** Audio, video or script: a message type. */
  readonly type: number;
  /** Milliseconds, modulo 2^32. */
  readonly timestamp: number;
  /** Whether the timestamp is the publisher's, and the tag gets the one that `add` returns. */
  readonly isNew: boolean;
  /** Of the payload, in bytes from the beginning of the file. */
  readonly position: number;
  readonly length: number;
  /** The payload, or the beginning of one that is too long to be looked at. Not kept. */
  readonly payload: Uint8Array;
}

/** Metadata that is in force from an entry on. */
interface Metadata {
  readonly from: number;
  readonly members: Members;
}

/** RTMP gives a message its NetStream when it is sent. */
const NO_STREAM = 0;

/**
 * What an FLV file holds, message by message, in the order of the file. It grows while the file does, and all its readers share
 * it: 20 bytes a message, and 8 more a keyframe.
 */
export class FlvIndex {
  #entries: EntryTable;
  #keyframes = new SyncPoints();
  #headers = new HeaderHistory();
  #clock = new FileClock();
  readonly #metadata: Metadata[] = [];
  #hasFrames = false;
  /** The first entry with pictures. */
  #firstPicture: number | undefined;
  /** The lowest video track, whose keyframes are where players begin. */
  #syncTrackId = Number.POSITIVE_INFINITY;
  /** What the timestamps of the file are more than times, modulo 2^32. */
  #shiftMs = 0;
  /** Whether the newest tags have timestamps that this index has given them. */
  #isWritten = false;

  constructor(maxEntries?: number) {
    this.#entries = new EntryTable(maxEntries);
  }

  get count(): number {
    return this.#entries.count;
  }

  /** Whether the next message would be one too many. */
  get isFull(): boolean {
    return this.#entries.isFull;
  }

  /** From the first frame to the end of the last. */
  get durationMs(): number {
    return this.#clock.endMs;
  }

  get hasVideo(): boolean {
    return this.#firstPicture !== undefined;
  }

  get keyframes(): SyncPoints {
    return this.#keyframes;
  }

  /**
   * When a message is due, from 0 at the first frame of the file. Never less than before: a message that its encoder has put
   * behind later ones has an earlier timestamp.
   */
  timestampMs(i: number): number {
    return this.#entries.dueMs(i);
  }

  /** The bytes of the file that {@link message} needs: the payload of the tag. */
  position(i: number): number {
    return this.#entries.position(i);
  }

  length(i: number): number {
    return this.#entries.length(i);
  }

  /** Where the tag begins. */
  tagPosition(i: number): number {
    return this.#entries.position(i) - TAG_HEADER_BYTES;
  }

  /** The newest message whose tag begins at or before a position of the file; the first if none does. */
  atOrBeforePosition(position: number): number {
    return this.#entries.atOrBeforePosition(position + TAG_HEADER_BYTES);
  }

  /** The timestamp of a message's tag, if the clock of the file runs on. */
  fileTimestampMs(i: number): number {
    return (this.#entries.timeMs(i) + this.#shiftMs) >>> 0;
  }

  /** What the timestamps of the file are more than times, modulo 2^32. */
  get shiftMs(): number {
    return this.#shiftMs;
  }

  /**
   * The newest keyframe at or before the time; the first if none is. Any message of a file without keyframes, or before its
   * first pictures.
   */
  atOrBefore(positionMs: number): number {
    const keyframe = this.#keyframes.atOrBefore(positionMs);
    return keyframe ?? this.#beforeKeyframes(this.#entries.atOrBefore(positionMs));
  }

  /** Likewise for a message. */
  syncAtOrBefore(i: number): number {
    return this.#keyframes.atOrBeforeEntry(i) ?? this.#beforeKeyframes(i);
  }

  /** What a player needs before message `i`: `onMetaData` with the duration so far, and the sequence headers in force there. */
  headers(i: number): readonly Message[] {
    const timestamp = this.count === 0 ? 0 : this.#entries.timeMs(Math.min(i, this.count - 1));
    const metadata = {
      type: MessageType.dataAmf0,
      timestamp,
      messageStreamId: NO_STREAM,
      payload: this.#withDuration(this.membersAt(i)),
    };
    const headers = this.#headers.at(i);
    return [metadata, ...headers.map((header) => ({ ...header, timestamp, messageStreamId: NO_STREAM }))];
  }

  /** `bytes` are those of the file at {@link position}, and become the payload. */
  message(i: number, bytes: Uint8Array): Message {
    const type = this.#entries.type(i);
    const isReplaced = type === MessageType.dataAmf0 && isMetadata(bytes);
    return {
      type,
      timestamp: this.#entries.timeMs(i),
      messageStreamId: NO_STREAM,
      payload: isReplaced ? this.#withDuration(ownMembers(bytes) ?? NO_MEMBERS) : bytes,
    };
  }

  /** The publisher's own metadata at a message; if it comes later, the first of the file. */
  membersAt(i: number): Members {
    const inForce = this.#metadata.findLast(({ from }) => from <= i) ?? this.#metadata[0];
    return inForce?.members ?? NO_MEMBERS;
  }

  /**
   * Takes in the next tag of the file, and returns its timestamp in the file. Metadata before the first frame is no message:
   * {@link headers} have it. Throws FILE_INDEX_EXCEEDED.
   */
  add(tag: PlacedTag): number {
    this.#isWritten = tag.isNew;
    return (this.#add(tag) + this.#shiftMs) >>> 0;
  }

  save(writer: ByteWriter): void {
    this.#entries.save(writer);
    this.#keyframes.save(writer);
    this.#headers.save(writer);
    this.#clock.save(writer, this.#isWritten ? this.#shiftMs : undefined);
    writer.u8(this.#metadata.length);
    for (const { from, members } of this.#metadata) {
      writer.u32(from).u32(members.count).u32(members.bytes.length).raw(members.bytes);
    }
    writer.u8(this.#hasFrames ? 1 : 0).f64(this.#firstPicture ?? Number.POSITIVE_INFINITY);
    writer.f64(this.#syncTrackId).u32(this.#shiftMs);
  }

  /** Throws a ProtocolError if this is not what was saved of a file that ended there. */
  static load(reader: ByteReader, end: number): FlvIndex {
    const index = new FlvIndex();
    index.#entries = EntryTable.load(reader, end);
    index.#keyframes = SyncPoints.load(reader, index.count);
    index.#headers = HeaderHistory.load(reader);
    index.#clock = FileClock.load(reader);
    for (let left = reader.u8(); left > 0; left -= 1) {
      const [from, count] = [reader.u32(), reader.u32()];
      index.#metadata.push({ from, members: { count, bytes: new Uint8Array(reader.take(reader.u32())) } });
    }
    index.#hasFrames = reader.u8() === 1;
    const firstPicture = reader.f64();
    index.#firstPicture =
      firstPicture >= 0 && firstPicture < index.count ? Math.trunc(firstPicture) : undefined;
    index.#syncTrackId = reader.f64();
    index.#shiftMs = reader.u32();
    return index;
  }

  /** What comes next is another publisher's, so long after the end. */
  restart(gapMs: number): void {
    this.#clock.restart(gapMs);
  }

  #add(tag: PlacedTag): number {
    if (tag.type === MessageType.video) return this.#addVideo(tag);
    if (tag.type === MessageType.audio) return this.#addAudio(tag);
    const timeMs = this.#clock.other(tag.timestamp);
    const isOpening = this.#takeMetadata(tag) && !this.#hasFrames;
    if (!isOpening) this.#addEntry(tag, timeMs);
    return timeMs;
  }

  #addVideo(tag: PlacedTag): number {
    const header = parseVideoHeader(tag.payload);
    const isFrame = header.kind === "frames";
    const timeMs = isFrame ? this.#timeOfFrame("video", tag) : this.#clock.other(tag.timestamp);
    const entry = this.#addEntry(tag, timeMs);
    if (isFrame) this.#firstPicture ??= entry;
    if (isWhole(tag)) this.#headers.video(header, tag.payload, isFrame ? entry : entry + 1);
    if (this.#isSync(header)) this.#keyframes.add(entry, timeMs);
    return timeMs;
  }

  #addAudio(tag: PlacedTag): number {
    const header = parseAudioHeader(tag.payload);
    const isFrame = header.kind === "frames";
    const timeMs = isFrame ? this.#timeOfFrame("audio", tag) : this.#clock.other(tag.timestamp);
    const entry = this.#addEntry(tag, timeMs);
    if (isWhole(tag)) this.#headers.audio(header, tag.payload, isFrame ? entry : entry + 1);
    return timeMs;
  }

  #timeOfFrame(medium: "audio" | "video", { timestamp, isNew }: PlacedTag): number {
    const timeMs = this.#clock.frame(medium, timestamp);
    if (!this.#hasFrames && !isNew) this.#shiftMs = timestamp >>> 0;
    this.#hasFrames = true;
    return timeMs;
  }

  #addEntry({ type, position, length }: PlacedTag, timeMs: number): number {
    this.#entries.add(type, timeMs, position, length);
    return this.#entries.count - 1;
  }

  #isSync({ tracks, isKeyframe }: VideoHeader): boolean {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { trackId } of tracks) lowest = Math.min(lowest, trackId);
    this.#syncTrackId = Math.min(this.#syncTrackId, lowest);
    return isKeyframe && lowest === this.#syncTrackId;
  }

  /** Whether it is metadata at all. */
  #takeMetadata(tag: PlacedTag): boolean {
    if (tag.type !== MessageType.dataAmf0 || !isWhole(tag) || !isMetadata(tag.payload)) return false;
    const members = ownMembers(tag.payload);
    if (members && this.#metadata.length < MAX_METADATA_CHANGES) {
      this.#metadata.push({ from: this.count, members });
    }
    return true;
  }

  /** Before the first keyframe there is sound, or there are pictures that no decoder can begin with. */
  #beforeKeyframes(entry: number): number {
    if (this.#keyframes.count === 0) return entry;
    const first = this.#keyframes.entry(0);
    return this.#firstPicture === first ? Math.min(entry, first) : first;
  }

  #withDuration(members: Members): Uint8Array {
    return metadataPayload(members, { duration: this.durationMs / 1000 });
  }
}

function isWhole({ payload, length }: PlacedTag): boolean {
  return payload.length === length;
}
