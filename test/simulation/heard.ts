import { type AmfValue, decodeAmf0Values } from "@headgate/amf";
import { type Message, MessageType, readControlValue, readUserControl } from "@headgate/message";
import type { ScriptedPeer } from "@headgate/scripted-peer";

/**
 * A message as a test compares it: a command or data message as its message stream id, its name and its values; any
 * other as its name and its number.
 */
type Heard = readonly AmfValue[];

/** Everything the server has said since the handshake. SetChunkSize concerns only the chunks and is not among it. */
export function heardBy({ messages }: ScriptedPeer): Heard[] {
  return messages.map(readMessage);
}

/** The code of each onStatus heard, in order. */
export function statusCodesHeardBy(peer: ScriptedPeer): string[] {
  return heardBy(peer)
    .filter(([, name, , , info]) => name === "onStatus" && info)
    .map(([, , , , info]) => (info as { code: string }).code);
}

/** The reply to a transaction, without its name. */
export function resultHeardBy(peer: ScriptedPeer, transactionId: number): Heard | undefined {
  return heardBy(peer)
    .find((heard) => heard[1] === "_result" && heard[2] === transactionId)
    ?.slice(3);
}

function readMessage({ type, messageStreamId, payload }: Message): Heard {
  switch (type) {
    case MessageType.commandAmf3:
      return [messageStreamId, ...decodeAmf0Values(payload.subarray(1))];
    case MessageType.commandAmf0:
    case MessageType.dataAmf0:
      return [messageStreamId, ...decodeAmf0Values(payload)];
    case MessageType.userControl: {
      const control = readUserControl(payload);
      return ["userControl", control?.event, control?.value];
    }
    default:
      return [`type ${type}`, readControlValue(payload)];
  }
}
