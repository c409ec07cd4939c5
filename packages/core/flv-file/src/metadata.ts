import {
  type AmfLimits,
  type AmfObject,
  type AmfValue,
  decodeAmf0Values,
  EcmaArray,
  encodeAmf0Values,
  propertiesOf,
  writeAmf0,
} from "@headgate/amf";
import { ByteReader, ByteWriter, ProtocolError } from "@headgate/bytes";
import { MAX_METADATA_BYTES } from "./limits.ts";

/** Some of the members of an `onMetaData`, as bytes. */
export interface Members {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Files of other programs list every keyframe: at most as many as fit into what is read at once. */
export const FILE_AMF_LIMITS: AmfLimits = { maxDepth: 32, maxValues: 200_000 };

/** What is true of one file alone. */
const OF_THE_FILE: ReadonlySet<string> = new Set(["duration", "filesize", "keyframes", "hasKeyframes"]);

export const NO_MEMBERS: Members = { count: 0, bytes: new Uint8Array(0) };

const ON_METADATA = encodeAmf0Values(["onMetaData"]);
const ECMA_ARRAY = 0x08;
const OBJECT_END = 0x09;

/** Around the members: the marker and the count, and the end marker (AMF0 §2.10). Bytes. */
const ARRAY_HEAD_BYTES = 5;
const ARRAY_END_BYTES = 3;

/** The publisher's own values, but for a replaced one; undefined if they cannot be read or are too long. */
export function ownMembers(payload: Uint8Array, replaced?: string): Members | undefined {
  const own: AmfObject = Object.create(null);
  try {
    const [, value] = decodeAmf0Values(payload, FILE_AMF_LIMITS);
    const properties = propertiesOf(value);
    if (properties === undefined) return undefined;
    for (const key of Object.keys(properties)) {
      if (!OF_THE_FILE.has(key) && key !== replaced) own[key] = properties[key];
    }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
  return membersOf(own);
}

/** The payload of an `onMetaData` message: these members, and values beside them. FFmpeg reads it as an ECMA array only. */
export function metadataPayload(members: Members, beside: Readonly<Record<string, AmfValue>>): Uint8Array {
  const entries = Object.entries(beside);
  const writer = new ByteWriter(ON_METADATA.length + members.bytes.length + MAX_BESIDE_BYTES);
  writer
    .raw(ON_METADATA)
    .u8(ECMA_ARRAY)
    .u32(members.count + entries.length);
  writer.raw(members.bytes);
  for (const [key, value] of entries) {
    writer.utf8WithU16Length(key);
    writeAmf0(writer, value);
  }
  return writer.u16(0).u8(OBJECT_END).finish();
}

/** Usual values beside the publisher's, without a list of keyframes. Bytes. */
const MAX_BESIDE_BYTES = 128;

/** A few bytes with references become many once they are written in full: the encoder ends there with an Error of its own. */
function membersOf(own: AmfObject): Members | undefined {
  let bytes: Uint8Array;
  try {
    bytes = encodeAmf0Values([new EcmaArray(own)], MAX_METADATA_BYTES);
  } catch {
    return undefined;
  }
  if (bytes[0] !== ECMA_ARRAY) return undefined;
  const count = new ByteReader(bytes.subarray(1)).u32();
  return { count, bytes: bytes.subarray(ARRAY_HEAD_BYTES, bytes.length - ARRAY_END_BYTES) };
}
