import { Amf0Decoder, type AmfLimits, type ObjectLayout, propertiesOf, writeAmf0 } from "@headgate/amf";
import { ByteReader, ByteWriter, ProtocolError } from "@headgate/bytes";
import { type Message, MessageType } from "@headgate/message";
import { commandMessage, readCommand } from "./command.ts";
import { type StatusCode, status } from "./status.ts";

/** The number of `connect` in every client that keeps to RTMP 1.0 §7.2.1.1; some servers answer with it whatever was sent. */
const CONNECT_TRANSACTION = 1;

const AMF0_OBJECT_END = 9;

/** Number, boolean, string, null, undefined, long string: none is ever referred to, so another can take its place. */
const AMF0_PLAIN: ReadonlySet<number | undefined> = new Set([0, 1, 2, 5, 6, 12]);

/**
 * A `connect` with other texts for some properties of its object. Everything else stays byte for byte, references too: so it
 * grows by these texts and no more, whatever its values refer to. Throws COMMAND_INVALID, AMF_*.
 */
export function rewriteConnect(
  message: Message,
  properties: Readonly<Record<string, string>>,
  limits: AmfLimits,
): Message {
  const { payload } = message;
  const layout = connectLayout(message, limits);
  if (!layout)
    throw new ProtocolError("COMMAND_INVALID", "connect has no AMF0 object, so it cannot be proxied");
  const texts = new Map(Object.entries(properties));
  const names = new Set(texts.keys());
  const writer = new ByteWriter(payload.length).raw(payload.subarray(0, layout.membersStart));
  for (const { key, start, valueStart, end } of layout.members) {
    if (!names.has(key)) {
      writer.raw(payload.subarray(start, end));
      continue;
    }
    if (!AMF0_PLAIN.has(payload[valueStart])) {
      throw new ProtocolError(
        "COMMAND_INVALID",
        `${key} of connect is not a string, so it cannot be proxied`,
      );
    }
    writeText(writer, texts, key);
  }
  for (const key of names) writeText(writer, texts, key);
  writer.u16(0).u8(AMF0_OBJECT_END).raw(payload.subarray(layout.end));
  return { ...message, payload: writer.finish() };
}

/** The message with which a server rejects `connect`. Throws AMF_*, COMMAND_INVALID. */
export function connectRejection(
  connect: Message,
  code: StatusCode,
  description: string,
  limits: AmfLimits,
): Message {
  const { transactionId } = readCommand(connect, limits);
  return commandMessage(0, ["_error", transactionId, null, status(code, description)], 0);
}

/** Whether a message accepts `connect`. Throws AMF_*, COMMAND_INVALID. */
export function acceptsConnect(message: Message, connect: Message, limits: AmfLimits): boolean {
  const { name, transactionId } = readCommand(message, limits);
  if (name !== "_result") return false;
  return (
    transactionId === CONNECT_TRANSACTION || transactionId === readCommand(connect, limits).transactionId
  );
}

function connectLayout({ type, payload }: Message, limits: AmfLimits): ObjectLayout | undefined {
  const reader = new ByteReader(payload, "AMF_TRUNCATED");
  if (type === MessageType.commandAmf3) reader.u8();
  const decoder = new Amf0Decoder(reader, limits);
  decoder.read();
  // Some clients leave out the transaction's number.
  const first = decoder.readLayout();
  if (first || reader.remaining === 0) return first;
  const isObject = propertiesOf(decoder.read()) !== undefined;
  return isObject ? undefined : decoder.readLayout();
}

/** Once: where a key is there twice, the first has the text. */
function writeText(writer: ByteWriter, texts: Map<string, string>, key: string): void {
  const text = texts.get(key);
  if (text === undefined) return;
  texts.delete(key);
  writer.utf8WithU16Length(key);
  writeAmf0(writer, text);
}
