import { ChunkEncoder } from "@headgate/chunk";
import { type Message, MessageType, readSetChunkSize } from "@headgate/message";
import type { Random } from "@headgate/testkit";
import { refusalOf } from "./check.ts";
import { joined, mutate } from "./mutate.ts";
import { randomMessage, randomPayload } from "./random-messages.ts";
import { HANDSHAKE_BYTES, type RecordedSession, recordedSessions } from "./recorded-sessions.ts";

type Side = "client" | "server";

/** Extreme chunk sizes: a peer may change its own at any time. Bytes. */
const CHUNK_SIZES = [1, 2, 64, 128, 129, 1000, 4096, 65_536];

/**
 * One side of a recorded session, changed: messages are left out, repeated, moved, replaced and sent in chunks of any
 * size on any chunk stream, or bytes are changed, or both.
 */
export function mutatedSession(random: Random, side: Side): Uint8Array {
  const sessions = recordedSessions();
  const session = random.pick(sessions);
  const bytes = random.below(3) === 0 ? wordsOf(session, side) : rewritten(session, side, random);
  if (random.below(2) === 0) return bytes;
  const corpus = sessions.map((each) => wordsOf(each, side));
  // A failed handshake hides all that follows, so most changes are behind it.
  if (random.below(8) === 0) return mutate(bytes, random, corpus);
  const behind = bytes.subarray(HANDSHAKE_BYTES);
  return joined([
    bytes.subarray(0, HANDSHAKE_BYTES),
    mutate(
      behind,
      random,
      corpus.map((each) => each.subarray(HANDSHAKE_BYTES)),
    ),
  ]);
}

/** All bytes that one side of a recorded session sends. */
function wordsOf({ fromClient, fromServer }: RecordedSession, side: Side): Uint8Array {
  return side === "client" ? fromClient : fromServer;
}

function rewritten(session: RecordedSession, side: Side, random: Random): Uint8Array {
  const original = side === "client" ? session.clientMessages : session.serverMessages;
  const encoder = new ChunkEncoder();
  const pieces = [wordsOf(session, side).subarray(0, HANDSHAKE_BYTES)];
  for (const message of mutatedMessages(original, random)) {
    pieces.push(encoder.encode(message, random.pick([2, 3, 3, 4, 5, 6, 8, 63, 64, 320, message.type + 3])));
    if (message.type === MessageType.setChunkSize) useChunkSize(encoder, message);
  }
  return joined(pieces);
}

/** A list of messages with some of them changed. */
function mutatedMessages(original: readonly Message[], random: Random): Message[] {
  const messages = [...original];
  for (let left = random.below(6); left > 0; left -= 1) {
    const at = random.below(messages.length + 1);
    const count = 1 + random.below(3);
    switch (random.below(6)) {
      case 0:
        messages.splice(at, count);
        break;
      case 1:
        messages.splice(at, 0, ...messages.slice(at, at + count));
        break;
      case 2:
        messages.splice(random.below(messages.length + 1), 0, ...messages.splice(at, count));
        break;
      case 3:
        messages.splice(at, 0, chunkSizeMessage(random));
        break;
      case 4:
        if (messages[at]) messages[at] = changed(messages[at], random);
        break;
      default:
        messages.splice(at, 0, ...Array.from({ length: count }, () => randomMessage(random)));
    }
  }
  return messages;
}

function changed(message: Message, random: Random): Message {
  switch (random.below(5)) {
    case 0:
      return { ...message, timestamp: random.u32() };
    case 1:
      return { ...message, messageStreamId: random.pick([0, 1, 2, 0xffffffff]) };
    case 2:
      return { ...message, type: random.pick([8, 9, 15, 17, 18, 20, 22, random.below(256)]) };
    case 3:
      return { ...message, payload: randomPayload(message.type, random) };
    default:
      return { ...message, payload: mutate(message.payload, random, []) };
  }
}

function chunkSizeMessage(random: Random): Message {
  const size = random.pick(CHUNK_SIZES);
  const payload = Uint8Array.of(0, size >> 16, (size >> 8) & 0xff, size & 0xff);
  return { type: MessageType.setChunkSize, timestamp: 0, messageStreamId: 0, payload };
}

/** Follows SetChunkSize as the reader does. If the reader refuses the message, nothing behind it matters. */
function useChunkSize(encoder: ChunkEncoder, { payload }: Message): void {
  refusalOf(() => encoder.useChunkSize(readSetChunkSize(payload)));
}
