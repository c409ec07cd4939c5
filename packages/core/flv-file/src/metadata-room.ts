import { Amf0Decoder, type AmfObject, decodeAmf0Values, encodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ByteReader, ByteWriter, ProtocolError } from "@headgate/bytes";
import type { FlvIndex } from "./flv-index.ts";
import { MAX_LISTED_KEYFRAMES } from "./limits.ts";
import { FILE_AMF_LIMITS } from "./metadata.ts";
import { type SeekPoints, seekPoints } from "./seek-points.ts";

/** Bytes to write over those of a file. */
export interface Patch {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Where the `onMetaData` of a file has values that are known only at its end. Positions in the file; undefined where it has none. */
export interface MetadataRoom {
  readonly durationAt: number | undefined;
  readonly filesizeAt: number | undefined;
  readonly keyframes: { readonly position: number; readonly capacity: number } | undefined;
}

export const NO_ROOM: MetadataRoom = { durationAt: undefined, filesizeAt: undefined, keyframes: undefined };

/**
 * A list of keyframes that takes the same bytes however many it has, up to its capacity: an array of zeroes fills it up.
 * The zeroes come last because FFmpeg reads two arrays and no more.
 */
function paddedKeyframes({ times, filepositions }: SeekPoints, capacity: number): AmfObject {
  const left = 2 * (capacity - times.length);
  return { times: [...times], filepositions: [...filepositions], spacer: new Array<number>(left).fill(0) };
}

export const EMPTY_KEYFRAMES: AmfObject = paddedKeyframes(
  { times: [], filepositions: [] },
  MAX_LISTED_KEYFRAMES,
);

/** Finds the room in the payload of an `onMetaData` tag at this position of the file. */
export function readRoom(payload: Uint8Array, position: number): MetadataRoom {
  try {
    const decoder = new Amf0Decoder(new ByteReader(payload, "AMF_TRUNCATED"), FILE_AMF_LIMITS);
    decoder.read();
    const members = decoder.readLayout()?.members ?? [];
    const find = (key: string) => members.find((member) => member.key === key);
    const numberAt = (key: string) => {
      const valueAt = find(key)?.valueStart ?? -1;
      return payload[valueAt] === AMF0_NUMBER ? position + valueAt + 1 : undefined;
    };
    const keyframes = find("keyframes");
    const capacity = keyframes && capacityOf(payload.subarray(keyframes.valueStart, keyframes.end));
    return {
      durationAt: numberAt("duration"),
      filesizeAt: numberAt("filesize"),
      keyframes:
        capacity === undefined ? undefined : { position: position + keyframes!.valueStart, capacity },
    };
  } catch (error) {
    if (error instanceof ProtocolError) return NO_ROOM;
    throw error;
  }
}

/** What makes the metadata of a file of `bytes` bytes say what is in it. */
export function patchesOf(room: MetadataRoom, index: FlvIndex, bytes: number): Patch[] {
  const patches: Patch[] = [];
  const { durationAt, filesizeAt, keyframes } = room;
  if (durationAt !== undefined) patches.push(numberPatch(durationAt, index.durationMs / 1000));
  if (filesizeAt !== undefined) patches.push(numberPatch(filesizeAt, bytes));
  if (keyframes !== undefined) {
    const { position, capacity } = keyframes;
    const list = paddedKeyframes(seekPoints(index, capacity), capacity);
    patches.push({ position, bytes: encodeAmf0Values([list]) });
  }
  return patches;
}

const AMF0_NUMBER = 0x00;

function numberPatch(position: number, value: number): Patch {
  return { position, bytes: new ByteWriter(Float64Array.BYTES_PER_ELEMENT).f64(value).finish() };
}

/** How many keyframes the value has room for; undefined if it is not one of {@link paddedKeyframes}. */
function capacityOf(value: Uint8Array): number | undefined {
  const [decoded] = decodeAmf0Values(value, FILE_AMF_LIMITS);
  const { times, filepositions, spacer } = propertiesOf(decoded) ?? {};
  if (!Array.isArray(times) || !Array.isArray(filepositions) || !Array.isArray(spacer)) return undefined;
  const numbers = times.length + filepositions.length + spacer.length;
  const capacity = Math.floor(numbers / 2);
  const whole = encodeAmf0Values([paddedKeyframes({ times: [], filepositions: [] }, capacity)]);
  return whole.length === value.length ? capacity : undefined;
}
