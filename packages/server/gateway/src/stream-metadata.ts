import { type AmfObject, decodeAmf0Values, propertiesOf } from "@headgate/amf";
import type { Stream } from "@headgate/bus";
import { ProtocolError } from "@headgate/bytes";
import { MessageType } from "@headgate/message";

/** What the publisher of a stream says of it in `onMetaData`, which may be anything. */
export function metadataOf({ headers }: Pick<Stream, "headers">): AmfObject {
  const message = headers.find(({ type }) => type === MessageType.dataAmf0);
  if (!message) return {};
  try {
    const [name, values] = decodeAmf0Values(message.payload);
    return (name === "onMetaData" && propertiesOf(values)) || {};
  } catch (error) {
    if (error instanceof ProtocolError) return {};
    throw error;
  }
}
