import { type AmfObject, type AmfValue, propertiesOf } from "@headgate/amf";
import {
  asSetDataFrame,
  isMetadata,
  type Message,
  MessageType,
  readUserControl,
  setChunkSize,
  splitAggregate,
  UserControlType,
  userControl,
  windowAcknowledgementSize,
} from "@headgate/message";
import { type Command, readCommand, requireValues, stringOf } from "../command.ts";
import { readData } from "../data-message.ts";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "../limits.ts";
import { Outbox, type OutgoingMessage } from "../outbox.ts";
import type { ClientEvent, ClientRequest } from "./client-events.ts";
import { type ConnectOptions, connectObject } from "./connect-object.ts";

export interface ClientSessionOptions extends ConnectOptions {
  /** Sent to the server in SetChunkSize. Bytes. */
  readonly chunkSize: number;
  /** Sent to the server as window. Bytes. */
  readonly ackWindow: number;
  /** What to play: live only, or a recording if there is no such live stream. */
  readonly start?: "live" | "any";
  readonly limits?: SessionLimits;
}

/** Transaction ids, which identify the server's answers. */
const TransactionId = { connect: 1, releaseStream: 2, fcPublish: 3, createStream: 4, publish: 5 } as const;

/** What the answers that matter cannot do without: a transaction's number, a command object, and a NetStream or a status. */
const NEEDED_VALUES = 3;

/** `start` of `play`, in milliseconds as all clients have it. */
const START = { live: -1000, any: -2000 } as const;

/** The buffer length sent by players: some servers send this much at once. Milliseconds. */
const BUFFER_LENGTH_MS = 3_000;

/** Data messages of the server itself, which belong to this session and not to the stream. */
const OF_THE_SESSION: ReadonlySet<string> = new Set(["|RtmpSampleAccess", "onStatus", "onPlayStatus"]);

/**
 * The client's side of one NetConnection with one NetStream, which plays or publishes one stream (RTMP 1.0 §7.2). Like the
 * server's side, it is messages in, events and messages out, and knows nothing of bytes:
 *
 *     connecting ── _result ──► creating ── _result ──► requested ── onStatus ──► started ──► over
 *          └── _error, onStatus of level error ──► over ◄──┘
 */
export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #limits: SessionLimits;
  readonly #outbox = new Outbox<ClientEvent>();
  #state: "connecting" | "creating" | "requested" | "started" | "over" = "connecting";
  #connected = false;
  #netStreamId = 0;
  #aggregate: { readonly parts: Iterator<Message, undefined>; readonly bytes: number } | undefined;

  constructor(options: ClientSessionOptions) {
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_SESSION_LIMITS;
    this.#outbox.command(0, "connect", TransactionId.connect, connectObject(options));
  }

  /** Whether `connect` was accepted. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Media waits for the Link; replies do not. */
  get isPaced(): boolean {
    return this.#options.purpose === "publish";
  }

  /** The NetStream, once the server has made it; 0 before. */
  get netStreamId(): number {
    return this.#netStreamId;
  }

  /** Memory held for the server: an aggregate message that is being taken apart. Bytes. */
  get heldBytes(): number {
    return this.#aggregate?.bytes ?? 0;
  }

  /** Throws ProtocolError COMMAND_*, AMF_*, MESSAGE_TRUNCATED, AGGREGATE_INVALID. */
  receive(message: Message): void {
    switch (message.type) {
      case MessageType.commandAmf0:
      case MessageType.commandAmf3:
        return this.#receiveCommand(readCommand(message, this.#limits.amf));
      case MessageType.userControl:
        return this.#receiveUserControl(message);
      case MessageType.aggregate:
        this.#aggregate = { parts: splitAggregate(message), bytes: message.payload.length };
        return;
      default:
        return this.#receiveContent(message);
    }
  }

  nextEvent(): ClientEvent | undefined {
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
    return this.#outbox.nextMessage();
  }

  ping(nowMs: number): void {
    this.#outbox.control(userControl({ event: UserControlType.pingRequest, value: nowMs >>> 0 }));
  }

  /** Publishes audio, video or data, metadata as it is in a file. A message before `started` or after the end is dropped. */
  publish({ type, timestamp, payload }: Pick<Message, "type" | "timestamp" | "payload">): void {
    if (this.#state !== "started") return;
    const isWrapped = type === MessageType.dataAmf0 && isMetadata(payload);
    this.#outbox.media({
      type,
      timestamp,
      payload: isWrapped ? asSetDataFrame(payload) : payload,
      messageStreamId: this.#netStreamId,
    });
  }

  /** Ends the stream; the driver closes the connection once this is sent. */
  end(): void {
    if (this.#state === "started" && this.#options.purpose === "publish")
      this.#outbox.command(0, "FCUnpublish", 0, null, this.#options.url.streamName);
    if (this.#netStreamId > 0) this.#outbox.command(0, "deleteStream", 0, null, this.#netStreamId);
    this.#state = "over";
  }

  #receiveCommand(command: Command): void {
    if (this.#state === "over") return;
    switch (command.name) {
      case "_result":
        return this.#receiveResult(command);
      case "_error":
        return this.#receiveError(command);
      case "onStatus":
        requireValues(command, NEEDED_VALUES);
        return this.#receiveStatus(infoOf(command.values));
      case "close":
        return this.#over("NetConnection.Connect.Closed", "The server closes the connection.");
      case "_onbwcheck":
      case "onBWCheck":
        return this.#outbox.reply("_result", command.transactionId, null, 0);
      case "ping":
        return this.#outbox.command(0, "pong", command.transactionId, null);
    }
  }

  #receiveResult(command: Command): void {
    const { transactionId, values } = command;
    if (transactionId === TransactionId.connect && this.#state === "connecting") {
      this.#connected = true;
      this.#outbox.emit({
        kind: "connected",
        properties: propertiesOf(values[0]) ?? {},
        info: infoOf(values),
      });
      this.#createStream();
    } else if (transactionId === TransactionId.createStream && this.#state === "creating") {
      requireValues(command, NEEDED_VALUES);
      const id = values.find((value) => typeof value === "number");
      this.#netStreamId = typeof id === "number" && id > 0 ? id : 1;
      this.#request();
    }
  }

  #createStream(): void {
    const { purpose, ackWindow, chunkSize, url } = this.#options;
    this.#state = "creating";
    this.#outbox.control(windowAcknowledgementSize(ackWindow));
    // Not earlier: some servers ignore it until then, and a player sends only short messages.
    if (purpose === "publish") {
      this.#outbox.control(setChunkSize(chunkSize));
      this.#outbox.command(0, "releaseStream", TransactionId.releaseStream, null, url.streamName);
      this.#outbox.command(0, "FCPublish", TransactionId.fcPublish, null, url.streamName);
    }
    this.#outbox.command(0, "createStream", TransactionId.createStream, null);
  }

  #request(): void {
    const { purpose, url, start = "live" } = this.#options;
    this.#state = "requested";
    const id = this.#netStreamId;
    if (purpose === "publish") {
      this.#outbox.command(id, "publish", TransactionId.publish, null, url.streamName, "live");
      return;
    }
    this.#outbox.command(id, "play", 0, null, url.streamName, START[start]);
    const event = UserControlType.setBufferLength;
    this.#outbox.control(userControl({ event, value: id, bufferLengthMs: BUFFER_LENGTH_MS }));
  }

  /** Servers that do not know `releaseStream` or `FCPublish` answer with an error, which is ignored. */
  #receiveError({ transactionId, values }: Command): void {
    const answersConnect = transactionId === TransactionId.connect && this.#state === "connecting";
    const answersCreate = transactionId === TransactionId.createStream && this.#state === "creating";
    const answersPublish = transactionId === TransactionId.publish && this.#state === "requested";
    if (answersConnect || answersCreate || answersPublish) this.#refused(infoOf(values));
  }

  #receiveStatus(info: AmfObject): void {
    const code = stringOf(info.code) ?? "";
    if (info.level === "error") return this.#failed(info);
    switch (code) {
      case "NetStream.Play.Start":
      case "NetStream.Publish.Start":
        return this.#started();
      case "NetStream.Play.PublishNotify":
        return this.#tell("published");
      case "NetStream.Play.UnpublishNotify":
        return this.#tell("unpublished");
      case "NetStream.Play.Stop":
      case "NetStream.Play.Complete":
      case "NetStream.Unpublish.Success":
        if (this.#state === "started") this.#over(code, stringOf(info.description) ?? "");
    }
  }

  #tell(kind: "published" | "unpublished"): void {
    this.#started();
    this.#outbox.emit({ kind });
  }

  #failed(info: AmfObject): void {
    if (this.#state !== "started") return this.#refused(info);
    this.#over(stringOf(info.code) ?? "", stringOf(info.description) ?? "");
  }

  #refused(info: AmfObject): void {
    const code = stringOf(info.code) ?? "";
    const description = stringOf(info.description) ?? "";
    this.#outbox.emit({ kind: "refused", request: this.#pending, code, description });
    this.#state = "over";
  }

  get #pending(): ClientRequest {
    if (this.#state === "connecting") return "connect";
    return this.#state === "creating" ? "createStream" : this.#options.purpose;
  }

  #started(): void {
    if (this.#state !== "requested") return;
    this.#state = "started";
    this.#outbox.emit({ kind: "started" });
  }

  #over(code: string, description: string): void {
    this.#state = "over";
    this.#outbox.emit({ kind: "ended", code, description });
  }

  #receiveUserControl(message: Message): void {
    const control = readUserControl(message.payload);
    if (control?.event !== UserControlType.pingRequest) return;
    this.#outbox.control(userControl({ event: UserControlType.pingResponse, value: control.value }));
  }

  /** Some servers send media before they announce it. */
  #receiveContent(message: Message): void {
    if (this.#options.purpose !== "play") return;
    this.#started();
    if (this.#state !== "started") return;
    if (message.type === MessageType.audio || message.type === MessageType.video) {
      this.#outbox.emit({ kind: "media", message });
    } else if (message.type === MessageType.dataAmf0 || message.type === MessageType.dataAmf3) {
      this.#receiveData(message);
    }
  }

  #receiveData(message: Message): void {
    const request = readData(message, this.#limits.amf);
    if (request?.kind !== "relay") return;
    const { handler, retain } = request;
    if (!OF_THE_SESSION.has(handler)) this.#outbox.emit({ kind: "data", message: request.message, retain });
  }
}

/** The information object: the last object of an answer. */
function infoOf(values: readonly AmfValue[]): AmfObject {
  const objects = values.map(propertiesOf).filter((value) => value !== undefined);
  return objects.at(-1) ?? Object.create(null);
}
