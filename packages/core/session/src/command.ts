import { Amf0Decoder, type AmfLimits, type AmfValue, encodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ByteReader, ProtocolError } from "@headgate/bytes";
import { type Message, MessageType } from "@headgate/message";

/** A command message (RTMP 1.0 §7.1.1, §7.2). */
export interface Command {
  readonly name: string;
  /** 0 asks for no reply. */
  readonly transactionId: number;
  /** The command object and what follows it, as far as it could be read. */
  readonly values: readonly AmfValue[];
  readonly messageStreamId: number;
  /** What ended the reading before the end of the message. */
  readonly unreadable: Unreadable | undefined;
}

interface Unreadable {
  readonly error: ProtocolError;
  /** How many values could be read after the name, the transaction's number included. */
  readonly after: number;
}

/** The first byte of an AMF3 message body: AMF0 values follow, each free to switch to AMF3. */
const AMF0_FORMAT_SELECTOR = 0;

/**
 * Throws COMMAND_INVALID if the message does not begin with a name, AMF_* if the name cannot be read. Values that cannot be
 * read are nobody's business until somebody needs them: {@link requireValues}.
 */
export function readCommand(message: Message, limits: AmfLimits): Command {
  const reader = new ByteReader(message.payload, "AMF_TRUNCATED");
  if (message.type === MessageType.commandAmf3) reader.u8();
  const decoder = new Amf0Decoder(reader, limits);
  const name = decoder.read();
  if (typeof name !== "string") {
    throw new ProtocolError("COMMAND_INVALID", "a command message does not begin with the command's name");
  }
  const values: AmfValue[] = [];
  const error = readInto(values, reader, decoder);
  // A client that leaves out the transaction's number has the command object in its place.
  if (propertiesOf(values[0])) values.unshift(undefined);
  const [transaction, ...rest] = values;
  return {
    name,
    transactionId: transactionIdOf(transaction),
    values: rest,
    messageStreamId: message.messageStreamId,
    unreadable: error && { error, after: values.length },
  };
}

/** Throws what has kept the first so many values after the name from being read, the transaction's number included. */
export function requireValues({ unreadable }: Command, count: number): void {
  if (unreadable && unreadable.after < count) throw unreadable.error;
}

/** As AMF0 in a type 20 message, or wrapped for a peer that asked for object encoding 3. */
export function commandMessage(
  messageStreamId: number,
  values: readonly AmfValue[],
  objectEncoding: ObjectEncoding,
): Message {
  const body = encodeAmf0Values(values);
  if (objectEncoding === 0) {
    return { type: MessageType.commandAmf0, timestamp: 0, messageStreamId, payload: body };
  }
  const payload = new Uint8Array(body.length + 1);
  payload[0] = AMF0_FORMAT_SELECTOR;
  payload.set(body, 1);
  return { type: MessageType.commandAmf3, timestamp: 0, messageStreamId, payload };
}

/** What the client asked for in `connect`: AMF0, or AMF3 (RTMP 1.0 §7.2.1.1). */
export type ObjectEncoding = 0 | 3;

/** Returns what ends the values too early. */
function readInto(values: AmfValue[], reader: ByteReader, decoder: Amf0Decoder): ProtocolError | undefined {
  try {
    while (reader.remaining > 0) values.push(decoder.read());
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

/** Some clients write the number as a text. */
function transactionIdOf(value: AmfValue): number {
  if (typeof value === "number") return value;
  const number = Number(stringOf(value) ?? 0);
  return Number.isFinite(number) ? number : 0;
}

export function stringOf(value: AmfValue): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberOf(value: AmfValue): number | undefined {
  return typeof value === "number" ? value : undefined;
}
