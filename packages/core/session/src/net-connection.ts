import { ProtocolError } from "@headgate/bytes";
import {
  BandwidthLimitType,
  type Message,
  MessageType,
  readSwfVerification,
  readUserControl,
  setChunkSize,
  setPeerBandwidth,
  splitAggregate,
  swfVerificationRequest,
  UserControlType,
  userControl,
  windowAcknowledgementSize,
} from "@headgate/message";
import { type Command, readCommand, requireValues, stringOf } from "./command.ts";
import { enhancedReply, readConnect } from "./connect.ts";
import { readData } from "./data-message.ts";
import type { SessionEvent } from "./events.ts";
import { DEFAULT_SESSION_LIMITS, MAX_STREAM_NAME_LENGTH, type SessionLimits } from "./limits.ts";
import { NetStream } from "./net-stream.ts";
import { Outbox, type OutgoingMessage } from "./outbox.ts";
import { PassThrough } from "./pass-through.ts";
import { type RecordingInfo, recordingInfo } from "./recording-info.ts";
import { type StatusCode, status } from "./status.ts";
import { parseStreamName, splitQuery } from "./stream-name.ts";

export interface NetConnectionOptions {
  /** Sent to the peer in SetChunkSize. Bytes. */
  readonly chunkSize: number;
  /** Sent to the peer as window and as bandwidth. Bytes. */
  readonly ackWindow: number;
  readonly limits?: SessionLimits;
}

/** Flash enables its newer behaviour for servers that call themselves FMS 3.5 or later. */
const FMS_VERSION = "FMS/3,5,7,7009";
const FMS_CAPABILITIES = 31;

/**
 * How many values after the name a command cannot do without: its transaction's number, its object, and the arguments that
 * say what to do. Commands that are not named here are answered without looking at what they hold, or can do without it.
 */
const NEEDED_VALUES: ReadonlyMap<string, number> = new Map([
  ["connect", 2],
  ["createStream", 1],
  ...[
    "deleteStream",
    "publish",
    "play",
    "play2",
    "seek",
    "pause",
    "pauseRaw",
    "receiveAudio",
    "receiveVideo",
  ].map((name) => [name, 3] as const),
]);

/**
 * The server's side of one NetConnection with its NetStreams: messages in, events and messages out (RTMP 1.0 §7.2). It
 * knows nothing of bytes, chunks or streams' contents, and decides nothing: each request becomes an event that waits for
 * the driver's accept or reject.
 */
export class NetConnection {
  readonly #options: NetConnectionOptions;
  readonly #limits: SessionLimits;
  readonly #outbox = new Outbox<SessionEvent>();
  readonly #netStreams = new Map<number, NetStream>();
  #state: "new" | "connectRequested" | "connected" | "rejected" = "new";
  /** Takes over where the session is another server's. */
  #passThrough: PassThrough | undefined;
  #connect: Command | undefined;
  #isSwfAsked = false;
  /** When the last ping was sent, until it is answered. */
  #pingedMs: number | undefined;
  #aggregate: { readonly parts: Iterator<Message, undefined>; readonly bytes: number } | undefined;
  /** Numbers up to here have been, or are, NetStreams. */
  #highestNetStreamId = 0;

  constructor(options: NetConnectionOptions) {
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_SESSION_LIMITS;
  }

  get connected(): boolean {
    return this.#state === "connected";
  }

  /** Proxied messages wait for the Link; replies do not. */
  get isPaced(): boolean {
    return this.#passThrough !== undefined;
  }

  /** Memory held for the peer: an aggregate message that is being taken apart, and the names of NetStreams. Bytes. */
  get heldBytes(): number {
    let bytes = this.#aggregate?.bytes ?? 0;
    for (const stream of this.#netStreams.values()) bytes += stream.nameBytes;
    return bytes;
  }

  /** Throws ProtocolError COMMAND_*, AMF_*, MESSAGE_TRUNCATED, AGGREGATE_INVALID, NET_STREAMS_EXCEEDED. */
  receive(message: Message): void {
    if (this.#passThrough) return this.#passThrough.receive(message);
    switch (message.type) {
      case MessageType.commandAmf0:
      case MessageType.commandAmf3:
        return this.#receiveCommand(readCommand(message, this.#limits.amf), message);
      case MessageType.userControl:
        return this.#receiveUserControl(message);
      default:
        return this.#receiveContent(message);
    }
  }

  nextEvent(): SessionEvent | undefined {
    if (this.#passThrough) return this.#passThrough.nextEvent();
    return this.#outbox.nextEvent();
  }

  get hasParts(): boolean {
    return this.#aggregate !== undefined;
  }

  takePart(): boolean {
    const part = this.#aggregate?.parts.next().value;
    if (part === undefined) this.#aggregate = undefined;
    else if (part.type !== MessageType.aggregate) this.#receiveContent(part);
    return part !== undefined;
  }

  nextMessage(): OutgoingMessage | undefined {
    return this.#outbox.nextMessage() ?? this.#passThrough?.nextMessage();
  }

  ping(nowMs: number): void {
    if (this.#passThrough) return this.#passThrough.ping(nowMs);
    this.#pingedMs = nowMs;
    this.#outbox.control(userControl({ event: UserControlType.pingRequest, value: nowMs >>> 0 }));
  }

  /** Answers connectRequested. */
  acceptConnect(): void {
    const { transactionId, request } = this.#takeConnect();
    this.#state = "connected";
    this.#outbox.control(windowAcknowledgementSize(this.#options.ackWindow));
    this.#outbox.control(setPeerBandwidth(this.#options.ackWindow, BandwidthLimitType.dynamic));
    this.#outbox.control(setChunkSize(this.#options.chunkSize));
    this.#outbox.control(userControl({ event: UserControlType.streamBegin, value: 0 }));
    const info = {
      ...status("NetConnection.Connect.Success", "Connection succeeded."),
      objectEncoding: request.objectEncoding,
      ...enhancedReply(request.enhanced),
    };
    const properties = { fmsVer: FMS_VERSION, capabilities: FMS_CAPABILITIES, mode: 1 };
    this.#outbox.command(0, "_result", transactionId, properties, info);
    this.#outbox.objectEncoding = request.objectEncoding;
    this.#outbox.command(0, "onBWDone", 0, null);
  }

  /** Answers streamLengthRequested. A live stream has a length of 0. */
  answerStreamLength(transactionId: number, lengthMs: number): void {
    this.#outbox.reply("_result", transactionId, null, lengthMs / 1000);
  }

  /** Answers recordingInfoRequested. `nowMs` is in milliseconds since the Unix epoch. */
  answerRecordingInfo(
    transactionId: number,
    streamName: string,
    info: RecordingInfo | "soon" | undefined,
    nowMs: number,
  ): void {
    this.#outbox.reply("_result", transactionId, null, recordingInfo(streamName, info, nowMs));
  }

  /** Asks a player which SWF it is; `swfTold` is the answer. */
  requestSwf(): void {
    this.#isSwfAsked = true;
    this.#outbox.control(swfVerificationRequest());
  }

  /** Answers connectRequested; the driver closes the connection once this is sent. */
  rejectConnect(code: StatusCode, description: string): void {
    const { transactionId } = this.#takeConnect();
    this.#state = "rejected";
    this.#outbox.command(0, "_error", transactionId, null, status(code, description));
  }

  /** Tells the peer something about the connection as a whole. */
  tell(code: StatusCode, description: string): void {
    this.#outbox.onStatus(0, status(code, description));
  }

  /** Asks the peer to connect again, to another URL if there is one (Enhanced RTMP v2, "Reconnect Request"). */
  requestReconnect(description: string, tcUrl?: string): void {
    const info = status("NetConnection.Connect.ReconnectRequest", description);
    this.#outbox.onStatus(0, tcUrl === undefined ? info : { ...info, tcUrl });
  }

  /**
   * Answers connectRequested: the session is proxied to another server, which accepts or rejects the peer. From now on every
   * message becomes the event `passed`, and that server's messages are sent through the returned PassThrough.
   */
  passOn(): PassThrough {
    this.#takeConnect();
    this.#state = "connected";
    this.#passThrough = new PassThrough();
    this.#outbox.control(setChunkSize(this.#options.chunkSize));
    return this.#passThrough;
  }

  /** The NetStream an event named, for answering it. Undefined once the peer has deleted it. */
  netStream(id: number): NetStream | undefined {
    return this.#netStreams.get(id);
  }

  #takeConnect(): { transactionId: number; request: ReturnType<typeof readConnect> } {
    const command = this.#connect;
    if (!command) throw new Error("connect was answered, but none was requested");
    this.#connect = undefined;
    return { transactionId: command.transactionId, request: readConnect(command) };
  }

  #receiveCommand(command: Command, message: Message): void {
    requireValues(command, NEEDED_VALUES.get(command.name) ?? 0);
    if (command.name === "connect") return this.#receiveConnect(command, message);
    if (this.#state !== "connected") {
      if (this.#state === "rejected") return;
      throw new ProtocolError(
        "COMMAND_BEFORE_CONNECT",
        `command "${printable(command.name)}" before connect`,
      );
    }
    const handler =
      Object.hasOwn(NetConnection.#COMMANDS, command.name) && NetConnection.#COMMANDS[command.name];
    if (handler) return handler(this, command);
    if (this.#netStreamFor(command)?.receive(command)) return;
    const description = `Method not found (${printable(command.name)}).`;
    const { transactionId } = command;
    this.#outbox.reply("_error", transactionId, null, status("NetConnection.Call.Failed", description));
  }

  #receiveConnect(command: Command, message: Message): void {
    if (this.#state !== "new") {
      const failed = status("NetConnection.Call.Failed", "The connection is connected already.");
      this.#outbox.reply("_error", command.transactionId, null, failed);
      return;
    }
    this.#state = "connectRequested";
    this.#connect = command;
    this.#outbox.emit({ kind: "connectRequested", request: readConnect(command), message });
  }

  static readonly #COMMANDS: Record<string, (connection: NetConnection, command: Command) => void> = {
    createStream: (connection, command) => connection.#createStream(command),
    deleteStream: (connection, command) => connection.#deleteStream(command),
    releaseStream: (connection, command) => connection.#acknowledge(command),
    FCPublish: (connection, command) => connection.#fcPublish(command),
    FCUnpublish: (connection, command) => connection.#fcUnpublish(command),
    FCSubscribe: (connection, command) => connection.#fcSubscribe(command),
    FCUnsubscribe: (connection, command) => connection.#acknowledge(command),
    DVRGetStreamInfo: (connection, command) => connection.#ask("recordingInfoRequested", command),
    DVRSubscribe: (connection, command) => connection.#dvrSubscribe(command),
    DVRUnsubscribe: (connection, command) => connection.#acknowledge(command),
    getStreamLength: (connection, command) => connection.#ask("streamLengthRequested", command),
    _checkbw: (connection, command) => connection.#outbox.reply("_result", command.transactionId, null),
    close: (connection) => connection.#outbox.emit({ kind: "closeRequested" }),
    _result: () => {},
    _error: () => {},
  };

  /** Without the answer nobody can use the NetStream, whatever the transaction's number is. */
  #createStream({ transactionId }: Command): void {
    let id = 1;
    while (this.#netStreams.has(id)) id += 1;
    this.#openNetStream(id);
    this.#outbox.command(0, "_result", transactionId, null, id);
  }

  /** GStreamer sends the stream's name where the id belongs. */
  #deleteStream({ values }: Command): void {
    const which = values[1];
    const stream = typeof which === "number" ? this.#netStreams.get(which) : this.#named(stringOf(which))[0];
    stream?.stop();
    if (stream) this.#netStreams.delete(stream.id);
  }

  #acknowledge({ transactionId }: Command): void {
    this.#outbox.reply("_result", transactionId, null, undefined);
  }

  #ask(kind: "streamLengthRequested" | "recordingInfoRequested", { transactionId, values }: Command): void {
    const stream = parseStreamName(stringOf(values[1])?.slice(0, MAX_STREAM_NAME_LENGTH) ?? "");
    this.#outbox.emit({ kind, transactionId, stream });
  }

  /**
   * To nobody else, and not later: behind `publish`, some relays take the first command that comes for the answer to it.
   * Flash Media Live Encoder is said to wait for it.
   */
  #fcPublish(command: Command): void {
    const info = status("NetStream.Publish.Start", "Ready to be published to.");
    this.#outbox.command(0, "onFCPublish", 0, null, info);
    this.#acknowledge(command);
  }

  #fcUnpublish(command: Command): void {
    const [stream] = this.#named(stringOf(command.values[1])).filter(({ isPublisher }) => isPublisher);
    stream?.stop();
    const info = status("NetStream.Unpublish.Success", "Stopped publishing.");
    this.#outbox.command(0, "onFCUnpublish", 0, null, info);
    this.#acknowledge(command);
  }

  #fcSubscribe(command: Command): void {
    const info = status("NetStream.Play.Start", "Subscribed.");
    this.#outbox.command(0, "onFCSubscribe", 0, null, info);
    this.#acknowledge(command);
  }

  /** Some players wait for the reply, and some for the call. */
  #dvrSubscribe(command: Command): void {
    const info = status("NetStream.Play.Start", "Subscribed.");
    this.#outbox.command(0, "onDVRSubscribe", 0, null, info);
    this.#acknowledge(command);
  }

  /** The NetStreams whose last request was for this name, the active ones first. */
  #named(name: string | undefined): NetStream[] {
    if (!name) return [];
    const named = [...this.#netStreams.values()].filter(({ writtenName }) => writtenName === name);
    return named.sort((a, b) => Number(a.isIdle) - Number(b.isIdle));
  }

  /** Some encoders publish without waiting for createStream's answer, or on message stream 0. */
  #netStreamFor({ name, messageStreamId }: Command): NetStream | undefined {
    const known = this.#netStreams.get(messageStreamId);
    if (known) return known;
    const count = this.#netStreams.size;
    if (messageStreamId === 0 && count === 1) return this.#netStreams.values().next().value;
    if (name !== "publish" && name !== "play") return undefined;
    return messageStreamId !== 0 || count === 0 ? this.#openNetStream(messageStreamId || 1) : undefined;
  }

  #openNetStream(id: number): NetStream {
    if (this.#netStreams.size >= this.#limits.maxNetStreams) {
      throw new ProtocolError(
        "NET_STREAMS_EXCEEDED",
        `one NetStream more than the limit of ${this.#limits.maxNetStreams}`,
      );
    }
    const stream = new NetStream(id, this.#outbox);
    this.#netStreams.set(id, stream);
    this.#highestNetStreamId = Math.max(this.#highestNetStreamId, id);
    return stream;
  }

  #receiveUserControl(message: Message): void {
    const swf = this.#isSwfAsked ? readSwfVerification(message.payload) : undefined;
    if (swf) return this.#outbox.emit({ kind: "swfTold", swf });
    const control = readUserControl(message.payload);
    if (control?.bufferLengthMs !== undefined)
      this.#netStreams.get(control.value)?.useBufferLength(control.bufferLengthMs);
    if (control?.event === UserControlType.pingResponse) return this.#pingAnswered(control.value);
    if (control?.event !== UserControlType.pingRequest) return;
    this.#outbox.control(userControl({ event: UserControlType.pingResponse, value: control.value }));
  }

  /** What answers no ping, or an earlier one, tells nothing. */
  #pingAnswered(value: number): void {
    const sentMs = this.#pingedMs;
    if (sentMs === undefined || value !== sentMs >>> 0) return;
    this.#pingedMs = undefined;
    this.#outbox.emit({ kind: "pingAnswered", sentMs });
  }

  #receiveContent(message: Message): void {
    if (this.#state === "new") {
      throw new ProtocolError("COMMAND_BEFORE_CONNECT", `message of type ${message.type} before connect`);
    }
    if (message.type === MessageType.aggregate) {
      this.#aggregate = { parts: splitAggregate(message), bytes: message.payload.length };
      return;
    }
    const stream = this.#publishingOn(message.messageStreamId);
    if (!stream) return;
    if (message.type === MessageType.audio || message.type === MessageType.video) {
      this.#outbox.emit({ kind: "media", netStreamId: stream.id, message });
    } else if (message.type === MessageType.dataAmf0 || message.type === MessageType.dataAmf3) {
      this.#receiveData(stream.id, message);
    }
  }

  #receiveData(netStreamId: number, message: Message): void {
    const request = readData(message, this.#limits.amf);
    if (!request) return;
    if (request.kind === "clear") {
      this.#outbox.emit({ kind: "dataCleared", netStreamId, handler: request.handler });
    } else {
      this.#outbox.emit({ kind: "data", netStreamId, message: request.message, retain: request.retain });
    }
  }

  /**
   * What arrives on a message stream that does not publish is dropped, unless it never was a NetStream and only one can be
   * meant: some encoders do not read the number that createStream gave them.
   */
  #publishingOn(messageStreamId: number): NetStream | undefined {
    const stream = this.#netStreams.get(messageStreamId);
    if (stream) return stream.isPublisher ? stream : undefined;
    if (messageStreamId > 0 && messageStreamId <= this.#highestNetStreamId) return undefined;
    let only: NetStream | undefined;
    for (const candidate of this.#netStreams.values()) {
      if (!candidate.isPublisher) continue;
      if (only) return undefined;
      only = candidate;
    }
    return only;
  }
}

/** A name from the wire, fit for a message to a person: short, and without control characters. */
function printable(name: string): string {
  return splitQuery(name)
    .path.slice(0, 64)
    .replace(/[^\x20-\x7e]/g, "?");
}
