import { ByteReader, ByteWriter, ProtocolError } from "@headgate/bytes";
import { FLV_HEADER_BYTES } from "@headgate/flv";
import { notSaved } from "./entry-table.ts";
import { FlvIndex } from "./flv-index.ts";
import type { MetadataRoom } from "./metadata-room.ts";

/** What is known of a file up to its end. */
export interface KnownFile {
  readonly index: FlvIndex;
  readonly end: number;
  readonly room: MetadataRoom;
}

/** "HGX" and the version of the layout: another version is no error, but not used. */
const SIGNATURE = 0x48475801;

/** Stands for a value that the metadata of the file has no room for. */
const NOWHERE = -1;

/** What is known of a file, to be kept beside it: 16 bytes a message, which are read faster than the file. */
export function saveIndex({ index, end, room }: KnownFile): Uint8Array {
  const { durationAt = NOWHERE, filesizeAt = NOWHERE, keyframes } = room;
  const writer = new ByteWriter().u32(SIGNATURE).f64(end).f64(durationAt).f64(filesizeAt);
  writer.f64(keyframes?.position ?? NOWHERE).u32(keyframes?.capacity ?? 0);
  index.save(writer);
  return writer.finish();
}

/** Undefined if it cannot be used, and the file is to be read instead. That it is of this very file, the caller must know. */
export function loadIndex(saved: Uint8Array): KnownFile | undefined {
  try {
    const reader = new ByteReader(saved, "FLV_INVALID");
    if (reader.u32() !== SIGNATURE) return undefined;
    const end = reader.f64();
    if (!Number.isSafeInteger(end) || end < FLV_HEADER_BYTES) return undefined;
    const room = loadRoom(reader, end);
    const index = FlvIndex.load(reader, end);
    return reader.remaining === 0 ? { index, end, room } : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function loadRoom(reader: ByteReader, end: number): MetadataRoom {
  const place = (): number | undefined => {
    const position = reader.f64();
    if (position !== NOWHERE && !(position >= 0 && position < end)) throw notSaved();
    return position === NOWHERE ? undefined : position;
  };
  const [durationAt, filesizeAt, position] = [place(), place(), place()];
  const capacity = reader.u32();
  if (capacity > end) throw notSaved();
  return { durationAt, filesizeAt, keyframes: position === undefined ? undefined : { position, capacity } };
}
