import type { AmfValue } from "@headgate/amf";
import { UserControlType, userControl } from "@headgate/message";
import { type Command, numberOf, stringOf } from "./command.ts";
import type { PublishType, SessionEvent } from "./events.ts";
import { MAX_STREAM_NAME_LENGTH, MAX_TOLD_NAME_LENGTH } from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import { type PlayRequest, readPlayOptions } from "./play-request.ts";
import { type StatusCode, status } from "./status.ts";
import { parseStreamName, type StreamName } from "./stream-name.ts";

type RefusedEvent = Extract<SessionEvent, { kind: "refused" }>;

/**
 * One NetStream as the server sees it (RTMP 1.0 §7.2.2):
 *
 *     idle ── publish ──► publishRequested ── accept ──► publishing ──┐
 *      ▲ ├── play ─────► playRequested ──── accept ──► playing ─────┤
 *      └─┴── closeStream, publish(false), play(false), reject ◄──────┘
 */
export class NetStream {
  readonly id: number;
  #state: "idle" | "publishRequested" | "publishing" | "playRequested" | "playing" = "idle";
  /** Without its query: descriptions end up in the logs of encoders and players. */
  #name = "";
  #writtenName = "";
  #playRequest: PlayRequest | undefined;
  /** The media that the peer does not want. This may be set before `play`, and outlives it. */
  readonly #muted = new Set<"audio" | "video">();
  /** How much the peer buffers, likewise. Undefined until it tells. */
  #bufferLengthMs: number | undefined;
  readonly #outbox: Outbox<SessionEvent>;

  constructor(id: number, outbox: Outbox<SessionEvent>) {
    this.id = id;
    this.#outbox = outbox;
  }

  get publishing(): boolean {
    return this.#state === "publishing";
  }

  /** Whether it publishes or has asked to. */
  get isPublisher(): boolean {
    return this.#state === "publishing" || this.#state === "publishRequested";
  }

  get isIdle(): boolean {
    return this.#state === "idle";
  }

  /** Of the last request, as the peer wrote it, which is how FCUnpublish and deleteStream refer to it. */
  get writtenName(): string {
    return this.#writtenName;
  }

  /** The memory of the last request's name, two bytes a character. */
  get nameBytes(): number {
    return 2 * this.#writtenName.length;
  }

  /** Whether the command was one of a NetStream's. */
  receive(command: Command): boolean {
    const handler = Object.hasOwn(NetStream.#COMMANDS, command.name) && NetStream.#COMMANDS[command.name];
    if (handler) handler(this, command);
    return Boolean(handler);
  }

  /** The peer buffers this much (RTMP 1.0 §7.1.7). */
  useBufferLength(lengthMs: number): void {
    this.#bufferLengthMs = lengthMs;
    if (this.#isPlayer) this.#emitBufferLength();
  }

  /** Answers publishRequested. Not after the peer has withdrawn it, which `stopped` says. */
  acceptPublish(): void {
    if (this.#state !== "publishRequested") throw new Error("publish was granted, but none was requested");
    this.#state = "publishing";
    this.#userControl(UserControlType.streamBegin);
    this.#status("NetStream.Publish.Start", `Publishing ${this.#name}.`);
  }

  /** Answers playRequested. Not after the peer has withdrawn it, which `stopped` says. */
  acceptPlay(): void {
    if (this.#state !== "playRequested") throw new Error("play was granted, but none was requested");
    this.#state = "playing";
    this.#userControl(UserControlType.streamBegin);
    if (this.#playRequest?.reset !== false) {
      this.#status("NetStream.Play.Reset", `Playing and resetting ${this.#name}.`);
    }
    this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`);
    this.#outbox.data(this.id, "|RtmpSampleAccess", true, true);
  }

  /** Refuses a request, or ends a granted one, and tells the peer why. */
  reject(code: StatusCode, description: string): void {
    this.#state = "idle";
    this.#status(code, description);
  }

  /** Turns a player to another stream, as if it had asked to play that one instead. */
  switchPlay(name: string): void {
    this.#requirePlaying("switch");
    this.#name = name.slice(0, MAX_TOLD_NAME_LENGTH);
    this.#userControl(UserControlType.streamBegin);
    this.#status("NetStream.Play.Reset", `Playing and resetting ${this.#name}.`);
    this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`);
  }

  /** Answers seekRequested: the player gets the stream from this position on. */
  acceptSeek(positionMs: number): void {
    this.#requirePlaying("seek");
    this.#userControl(UserControlType.streamEof);
    this.#userControl(UserControlType.streamIsRecorded);
    this.#userControl(UserControlType.streamBegin);
    this.#status("NetStream.Seek.Notify", `Seeking ${positionMs} (stream ID: ${this.id}).`);
    this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`);
  }

  /** Answers seekRequested: the stream goes on where it is. */
  rejectSeek(description: string): void {
    this.#requirePlaying("seek");
    this.#status("NetStream.Seek.Failed", description);
  }

  /** Answers pauseRequested. */
  acceptPause(paused: boolean): void {
    this.#requirePlaying("pause");
    if (paused) this.#status("NetStream.Pause.Notify", `Pausing ${this.#name}.`);
    else this.#status("NetStream.Unpause.Notify", `Unpausing ${this.#name}.`);
  }

  /** Answers receiveRequested. The peer is told only that something is switched on (RTMP 1.0 §7.2.2.4, §7.2.2.5). */
  acceptReceive(media: "audio" | "video", enabled: boolean): void {
    this.#requirePlaying("receive");
    if (!enabled) return;
    this.#status("NetStream.Seek.Notify", `Receiving the ${media} of ${this.#name}.`);
    this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`);
  }

  publishNotify(): void {
    this.#status("NetStream.Play.PublishNotify", `${this.#name} is now published.`);
  }

  unpublishNotify(): void {
    this.#status("NetStream.Play.UnpublishNotify", `${this.#name} is now unpublished.`);
    this.#userControl(UserControlType.streamEof);
  }

  /** The duration the player asked for has been played (RTMP 1.0 §7.2.2.1). */
  completePlay(): void {
    this.#state = "idle";
    this.#outbox.data(this.id, "onPlayStatus", status("NetStream.Play.Complete", "Played to the end."));
    this.#status("NetStream.Play.Stop", `Stopped playing ${this.#name}.`);
    this.#userControl(UserControlType.streamEof);
  }

  /** The peer is done with the NetStream: confirms it, and tells the driver. */
  stop(): void {
    const was = this.#state;
    this.#state = "idle";
    if (was === "publishing")
      this.#status("NetStream.Unpublish.Success", `Stopped publishing ${this.#name}.`);
    if (was === "playing") this.#status("NetStream.Play.Stop", `Stopped playing ${this.#name}.`);
    if (was !== "idle") this.#outbox.emit({ kind: "stopped", netStreamId: this.id });
  }

  static readonly #COMMANDS: Record<string, (stream: NetStream, command: Command) => void> = {
    publish: (stream, command) => stream.#publish(command),
    play: (stream, command) => stream.#play(command),
    play2: (stream) => stream.#refuse("play", "SWITCH_UNSUPPORTED", "Switching streams is not supported."),
    pause: (stream, command) => stream.#pause(command),
    pauseRaw: (stream, command) => stream.#pause(command),
    seek: (stream, command) => stream.#seek(command),
    receiveAudio: (stream, command) => stream.#receiveMedia("audio", command),
    receiveVideo: (stream, command) => stream.#receiveMedia("video", command),
    closeStream: (stream) => stream.stop(),
  };

  #publish(command: Command): void {
    const stream = this.#turnTo(command, "NetStream.Publish.BadName");
    if (!stream) return;
    this.#state = "publishRequested";
    const type = publishType(stringOf(command.values[2]));
    this.#outbox.emit({ kind: "publishRequested", netStreamId: this.id, stream, type });
  }

  #play(command: Command): void {
    const options = readPlayOptions(command);
    if (this.#state === "playing" && !options.reset && stringOf(command.values[1])) {
      const description = "A live stream has no end, so no other stream can be queued behind it.";
      return this.#refuse("play", "PLAYLIST_UNSUPPORTED", description);
    }
    const stream = this.#turnTo(command, "NetStream.Play.StreamNotFound");
    if (!stream) return;
    this.#playRequest = { stream, ...options };
    this.#state = "playRequested";
    this.#outbox.emit({ kind: "playRequested", netStreamId: this.id, request: this.#playRequest });
    for (const media of this.#muted) this.#emitReceive(media, false);
    this.#emitBufferLength();
  }

  /**
   * Ends publishing or playing, and returns the stream the peer wants instead. Undefined if it only wants an end, as Flash does
   * by publish(false) and play(""), or if the name is too long. An empty name is for the driver to judge: OBS with the whole
   * URL in one field names the stream by the last level of the application.
   */
  #turnTo(command: Command, refusal: StatusCode): StreamName | undefined {
    const text = stringOf(command.values[1]);
    const isEnd = text === undefined || (text === "" && !this.isIdle);
    this.stop();
    if (isEnd) return undefined;
    const isTooLong = text.length > MAX_STREAM_NAME_LENGTH;
    this.#writtenName = isTooLong ? "" : text;
    const stream = parseStreamName(this.#writtenName);
    this.#name = stream.name.slice(0, MAX_TOLD_NAME_LENGTH);
    if (!isTooLong) return stream;
    this.reject(refusal, `The stream's name is longer than ${MAX_STREAM_NAME_LENGTH} characters.`);
    this.#emitRefused(command.name === "publish" ? "publish" : "play", "NAME_INVALID");
    return undefined;
  }

  /** Whether it plays or has asked to. */
  get #isPlayer(): boolean {
    return this.#state === "playing" || this.#state === "playRequested";
  }

  #seek(command: Command): void {
    if (!this.#isPlayer) return this.#status("NetStream.Seek.Failed", "Nothing is played here.");
    this.#outbox.emit({
      kind: "seekRequested",
      netStreamId: this.id,
      positionMs: positionOf(command.values[1]),
    });
  }

  #pause(command: Command): void {
    if (!this.#isPlayer) return;
    const [, paused, position] = command.values;
    this.#outbox.emit({
      kind: "pauseRequested",
      netStreamId: this.id,
      paused: paused === true,
      positionMs: positionOf(position),
    });
  }

  #receiveMedia(media: "audio" | "video", command: Command): void {
    const enabled = command.values[1] === true;
    if (enabled) this.#muted.delete(media);
    else this.#muted.add(media);
    if (this.#isPlayer) this.#emitReceive(media, enabled);
  }

  /** Refuses without ending what the NetStream does. */
  #refuse(request: "publish" | "play", reason: RefusedEvent["reason"], description: string): void {
    this.#status("NetStream.Play.Failed", description);
    this.#emitRefused(request, reason);
  }

  #emitRefused(request: "publish" | "play", reason: RefusedEvent["reason"]): void {
    this.#outbox.emit({ kind: "refused", netStreamId: this.id, request, name: this.#name, reason });
  }

  #emitReceive(media: "audio" | "video", enabled: boolean): void {
    this.#outbox.emit({ kind: "receiveRequested", netStreamId: this.id, media, enabled });
  }

  #emitBufferLength(): void {
    const lengthMs = this.#bufferLengthMs;
    if (lengthMs !== undefined)
      this.#outbox.emit({ kind: "bufferLengthChanged", netStreamId: this.id, lengthMs });
  }

  #requirePlaying(request: string): void {
    if (this.#state !== "playing") throw new Error(`${request} was answered, but nothing is played`);
  }

  #status(code: StatusCode, description: string): void {
    this.#outbox.onStatus(this.id, status(code, description, this.#name));
  }

  #userControl(event: number): void {
    this.#outbox.control(userControl({ event, value: this.id }));
  }
}

/** Milliseconds, as clients send it. */
function positionOf(value: AmfValue): number {
  const position = numberOf(value) ?? 0;
  return Number.isFinite(position) ? Math.max(0, position) : 0;
}

function publishType(type: string | undefined): PublishType {
  if (type === "record") return "record";
  return type === "append" || type === "appendWithGap" ? "append" : "live";
}
