import { Amf0Decoder } from "@headgate/amf";
import { ByteReader } from "@headgate/bytes";
import {
  type Message,
  MessageType,
  readSwfVerification,
  readUserControl,
  splitAggregate,
} from "@headgate/message";
import { NetConnection, type SessionEvent } from "@headgate/session";
import { check, refusalOf } from "../check.ts";
import { mutate } from "../mutate.ts";
import { amf0Message, randomData, randomPayload } from "../random-messages.ts";
import type { Target } from "../target.ts";

const SWF_RESPONSE = Uint8Array.of(0, 27, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, ...new Uint8Array(32).fill(7));

/** The readers of SWF verification, user control messages and aggregates. */
export const smallMessages: Target = {
  name: "small-messages",
  make: (random) => {
    const type = random.pick([MessageType.userControl, MessageType.aggregate]);
    const body = random.below(3) === 0 ? SWF_RESPONSE : randomPayload(type, random);
    return random.below(6) === 0 ? body : mutate(body, random, [SWF_RESPONSE]);
  },
  run(input) {
    refusalOf(() => {
      const swf = readSwfVerification(input);
      check(swf === undefined || swf.digest.length === 32, "a digest of another length");
    });
    refusalOf(() => readUserControl(input));
    let bytes = 0;
    refusalOf(() => {
      const aggregate = { type: MessageType.aggregate, timestamp: 1, messageStreamId: 1, payload: input };
      for (const { payload } of splitAggregate(aggregate)) bytes += payload.length;
    });
    check(bytes <= input.length, `${bytes} bytes out of an aggregate of ${input.length}`);
  },
};

const AMF_LIMITS = { maxDepth: 16, maxValues: 500 };

/** How much longer a publisher's values may be written out than they were sent, whatever they refer to. */
const MAX_DATA_GROWTH = 16;
const SMALL_DATA_BYTES = 1024;

/**
 * Data messages of a publisher, which viewers get in AMF0. The first byte of the input chooses AMF0 or AMF3;
 * the rest is the body.
 */
export const dataMessages: Target = {
  name: "data-messages",
  make: (random) => {
    const body = Uint8Array.of(
      random.below(256),
      ...(random.below(2) === 0 ? [0] : []),
      ...randomData(random),
    );
    return random.below(6) === 0 ? body : mutate(body, random, [randomData(random)]);
  },
  run(input) {
    const type = (input[0] ?? 0) % 2 === 0 ? MessageType.dataAmf0 : MessageType.dataAmf3;
    const publisher = newPublisher();
    const payload = input.subarray(1);
    const refusal = refusalOf(() => publisher.receive({ type, timestamp: 0, messageStreamId: 1, payload }));
    check(refusal === undefined, `a data message ends its publisher: ${refusal}`);
    for (let event = publisher.nextEvent(); event; event = publisher.nextEvent()) checkData(event, payload);
  },
};

function newPublisher(): NetConnection {
  const session = new NetConnection({
    chunkSize: 4096,
    ackWindow: 2_500_000,
    limits: { amf: AMF_LIMITS, maxNetStreams: 4 },
  });
  session.receive(CONNECT);
  session.nextEvent();
  session.acceptConnect();
  session.receive(PUBLISH);
  session.nextEvent();
  session.netStream(1)?.acceptPublish();
  return session;
}

function checkData(event: SessionEvent, sent: Uint8Array): void {
  if (event.kind !== "data") return check(event.kind === "dataCleared", `a data message made ${event.kind}`);
  const { payload, type } = event.message;
  const isLittle = payload.length <= Math.max(SMALL_DATA_BYTES, MAX_DATA_GROWTH * sent.length);
  check(isLittle, `${payload.length} bytes out of ${sent.length}`);
  check(type === MessageType.dataAmf0, `viewers get a message of type ${type}`);
  const handler = new Amf0Decoder(new ByteReader(payload)).read();
  check(
    event.retain === undefined || event.retain === handler,
    `${String(handler)} is retained as ${event.retain}`,
  );
}

const CONNECT: Message = amf0Message(MessageType.commandAmf0, 0, "connect", 1, { app: "live" });
const PUBLISH: Message = amf0Message(MessageType.commandAmf0, 1, "publish", 0, null, "cam", "live");
