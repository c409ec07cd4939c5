import { type AmfObject, type AmfValue, isAmfObject } from "@headgate/amf";
import type { Message } from "@headgate/chunk";
import { commandMessage, readCommand } from "./command.ts";
import { DEFAULT_SESSION_LIMITS } from "./limits.ts";
import { type StatusCode, status } from "./status.ts";

/** The number by which every client has its `connect` answered. */
const CONNECT_TRANSACTION = 1;

/** A `connect` with other values for some properties of its object; everything else in it stays. Throws AMF_*. */
export function rewriteConnect(message: Message, properties: AmfObject): Message {
  const { name, transactionId, values } = readCommand(message, DEFAULT_SESSION_LIMITS.amf);
  const [object, ...more] = values;
  const rewritten: AmfValue[] = [{ ...(isAmfObject(object) ? object : {}), ...properties }, ...more];
  return commandMessage(message.messageStreamId, [name, transactionId, ...rewritten], 0);
}

/** What a server says that does not let a client in. */
export function connectRejection(code: StatusCode, description: string): Message {
  return commandMessage(0, ["_error", CONNECT_TRANSACTION, null, status(code, description)], 0);
}

/** Whether a message says that its sender lets the client in. Throws AMF_*, COMMAND_INVALID. */
export function acceptsConnect(message: Message): boolean {
  const { name, transactionId } = readCommand(message, DEFAULT_SESSION_LIMITS.amf);
  return name === "_result" && transactionId === CONNECT_TRANSACTION;
}
