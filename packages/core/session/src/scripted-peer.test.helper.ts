import { type AmfValue, decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { type Message, MessageType, readControlValue, readUserControl } from "@headgate/message";
import type { SessionEvent } from "./events.ts";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "./limits.ts";
import { NetConnection } from "./net-connection.ts";
import type { NetStream } from "./net-stream.ts";

/**
 * What the peer has been sent, as values: a command or data message begins with its message stream id, a control message
 * with its name.
 */
export type Reply = readonly AmfValue[];

/** The peer of a NetConnection without any bytes between the two. */
export class ScriptedPeer {
  readonly connection: NetConnection;

  constructor(limits: Partial<SessionLimits> = {}) {
    this.connection = new NetConnection({
      chunkSize: 4096,
      ackWindow: 2_500_000,
      limits: { ...DEFAULT_SESSION_LIMITS, ...limits },
    });
  }

  /** A peer that is connected already, and whose NetStreams 1 to `netStreams` are open. */
  static connected(netStreams = 0, fields: { readonly [key: string]: AmfValue } = {}): ScriptedPeer {
    const peer = new ScriptedPeer();
    peer.command(0, "connect", 1, { app: "live", tcUrl: "rtmp://localhost/live", ...fields });
    peer.connection.acceptConnect();
    for (let i = 0; i < netStreams; i += 1) peer.command(0, "createStream", 2 + i, null);
    peer.events();
    peer.replies();
    return peer;
  }

  /** As {@link connected}, with one NetStream that publishes. */
  static publishing(name = "cam"): ScriptedPeer {
    const peer = ScriptedPeer.connected(1);
    peer.publish(1, name);
    return peer;
  }

  /** As {@link connected}, with one NetStream that plays. */
  static playing(name = "cam"): ScriptedPeer {
    const peer = ScriptedPeer.connected(1);
    peer.play(1, name);
    return peer;
  }

  command(messageStreamId: number, ...values: AmfValue[]): void {
    this.message(MessageType.commandAmf0, messageStreamId, encodeAmf0Values(values));
  }

  data(messageStreamId: number, ...values: AmfValue[]): void {
    this.message(MessageType.dataAmf0, messageStreamId, encodeAmf0Values(values));
  }

  message(type: number, messageStreamId: number, payload: Uint8Array, timestamp = 0): void {
    this.connection.receive({ type, timestamp, messageStreamId, payload });
  }

  /** Publishes, is granted it, and forgets what both sides said. */
  publish(netStreamId: number, name: string): void {
    this.command(netStreamId, "publish", 0, null, name, "live");
    this.netStream(netStreamId).acceptPublish();
    this.events();
    this.replies();
  }

  play(netStreamId: number, name: string): void {
    this.command(netStreamId, "play", 0, null, name);
    this.netStream(netStreamId).acceptPlay();
    this.events();
    this.replies();
  }

  netStream(id: number): NetStream {
    const stream = this.connection.netStream(id);
    if (!stream) throw new Error(`NetStream ${id} is not open`);
    return stream;
  }

  events(): SessionEvent[] {
    const events: SessionEvent[] = [];
    do {
      for (let event = this.connection.nextEvent(); event; event = this.connection.nextEvent())
        events.push(event);
    } while (this.connection.takePart());
    return events;
  }

  replies(): Reply[] {
    return this.outgoing().map(readReply);
  }

  outgoing(): Message[] {
    const messages: Message[] = [];
    for (let next = this.connection.nextMessage(); next; next = this.connection.nextMessage())
      messages.push(next.message);
    return messages;
  }
}

/** `onStatus` as it is sent on a NetStream. */
export function onStatus(netStreamId: number, info: { readonly [key: string]: AmfValue }): Reply {
  return [netStreamId, "onStatus", 0, null, info];
}

/** The codes of the `onStatus` commands among the replies, in order. */
export function statusCodes(replies: readonly Reply[]): string[] {
  return replies
    .filter((reply) => reply[1] === "onStatus" && reply.length === 5)
    .map((reply) => (reply[4] as { code: string }).code);
}

function readReply({ type, messageStreamId, payload }: Message): Reply {
  switch (type) {
    case MessageType.commandAmf3:
      return [messageStreamId, ...decodeAmf0Values(payload.subarray(1))];
    case MessageType.commandAmf0:
    case MessageType.dataAmf0:
      return [messageStreamId, ...decodeAmf0Values(payload)];
    case MessageType.userControl:
      return ["userControl", readUserControl(payload)?.event, readUserControl(payload)?.value];
    case MessageType.setPeerBandwidth:
      return ["setPeerBandwidth", readControlValue(payload), payload[4]];
    default:
      return [CONTROL_NAMES[type] ?? `type ${type}`, readControlValue(payload)];
  }
}

const CONTROL_NAMES: Record<number, string> = {
  [MessageType.setChunkSize]: "setChunkSize",
  [MessageType.windowAcknowledgementSize]: "windowAcknowledgementSize",
};
