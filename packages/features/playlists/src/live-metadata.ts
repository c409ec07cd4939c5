import { type AmfObject, decodeAmf0Values, EcmaArray, encodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import type { Message } from "@headgate/message";

/** What a file says is told with a few dozen values. */
const LIMITS = { maxDepth: 8, maxValues: 1_000 };
const MAX_BYTES = 64 * 1024;

/** The metadata of a file without its duration: a player would end there. With none, if it cannot be read. */
export function liveMetadata(message: Message): Message {
  const { duration: _, ...properties } = propertiesIn(message.payload);
  return { ...message, payload: payloadOf(properties) ?? payloadOf({})! };
}

function propertiesIn(payload: Uint8Array): AmfObject {
  try {
    return propertiesOf(decodeAmf0Values(payload, LIMITS)[1]) ?? {};
  } catch (error) {
    if (error instanceof ProtocolError) return {};
    throw error;
  }
}

/** Undefined where references would make it too long. */
function payloadOf(properties: AmfObject): Uint8Array | undefined {
  try {
    return encodeAmf0Values(["onMetaData", new EcmaArray(properties)], MAX_BYTES);
  } catch {
    return undefined;
  }
}
