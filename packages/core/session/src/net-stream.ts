import type { AmfValue } from "@headgate/amf";
import { UserControlType, userControl } from "@headgate/message";
import { type Command, numberOf, stringOf } from "./command.ts";
import type { PublishType, SessionEvent } from "./events.ts";
import { MAX_STREAM_NAME_LENGTH, MAX_TOLD_NAME_LENGTH } from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import { type PlayRequest, readPlayOptions } from "./play-request.ts";
import { type PlayedToEnd, PlayStatuses } from "./play-statuses.ts";
import { playOptionsOf, readPlay2 } from "./play2-request.ts";
import { Playlist } from "./playlist.ts";
import { type StatusCode, status } from "./status.ts";
import { parseStreamName, type StreamName } from "./stream-name.ts";

type RefusedEvent = Extract<SessionEvent, { kind: "refused" }>;

/**
 * One NetStream as the server sees it (RTMP 1.0 §7.2.2):
 *
 *     idle ── publish ──► publishRequested ── accept ──► publishing ──┐
 *      ▲ ├── play ─────► playRequested ──── accept ──► playing ─────┤
 *      └─┴── closeStream, publish(false), play(false), reject ◄──────┘
 *
 * A recording that has ended is `complete`: its player may seek, and then it is playing again. If the player has queued another
 * one, that is requested in its place.
 */
export class NetStream {
  readonly id: number;
  #state: "idle" | "publishRequested" | "publishing" | "playRequested" | "playing" | "complete" = "idle";
  /** Without its query: descriptions end up in the logs of encoders and players. */
  #name = "";
  #writtenName = "";
  #playRequest: PlayRequest | undefined;
  /** Whether it plays a recording. */
  #isRecorded = false;
  /** Whether the peer was told that what it publishes is recorded. */
  #isRecording = false;
  readonly #playlist = new Playlist();
  /** Where a recording that is complete has ended. Milliseconds. */
  #endTimestamp = 0;
  /** The recording that takes over. */
  #switchingTo: { readonly name: string; readonly isFast: boolean } | undefined;
  /** The media that the peer does not want. This may be set before `play`, and outlives it. */
  readonly #muted = new Set<"audio" | "video">();
  /** How much the peer buffers, likewise. Undefined until it tells. */
  #bufferLengthMs: number | undefined;
  readonly #outbox: Outbox<SessionEvent>;
  readonly #player: PlayStatuses;

  constructor(id: number, outbox: Outbox<SessionEvent>) {
    this.id = id;
    this.#outbox = outbox;
    this.#player = new PlayStatuses(id, outbox);
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

  /** The memory of names, of the last request and in the playlist: two bytes a character. */
  get nameBytes(): number {
    return 2 * (this.#writtenName.length + this.#playlist.nameLength);
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

  /** What it publishes is recorded from now on. */
  recordingBegun(): void {
    if (!this.publishing || this.#isRecording) return;
    this.#isRecording = true;
    this.#status("NetStream.Record.Start", `Recording ${this.#name}.`);
  }

  /** What it publishes is no longer recorded, and goes on. */
  recordingEnded(how: "stopped" | "failed"): void {
    if (!this.#isRecording) return;
    if (how === "stopped") return this.#endRecording();
    this.#isRecording = false;
    this.#status("NetStream.Record.Failed", `Recording ${this.#name} has failed. It is still published.`);
  }

  /** Answers playRequested. Not after the peer has withdrawn it, which `stopped` says. */
  acceptPlay({ isRecorded = false }: { readonly isRecorded?: boolean } = {}): void {
    if (this.#state !== "playRequested") throw new Error("play was granted, but none was requested");
    this.#state = "playing";
    this.#isRecorded = isRecorded;
    const { reset, continuesAtMs } = this.#playRequest!;
    if (continuesAtMs !== undefined) this.#player.startedNext(this.#name);
    else this.#player.started(this.#name, isRecorded, reset);
    if (!isRecorded && !this.#playlist.isEmpty) this.#refusePlaylist();
  }

  /** Refuses a request, or ends a granted one, and tells the peer why. */
  reject(code: StatusCode, description: string): void {
    this.#idle();
    this.#status(code, description);
  }

  /** Turns a player to another stream, as if it had asked to play that one instead. */
  switchPlay(name: string): void {
    this.#requirePlaying("switch");
    this.#state = "playing";
    this.#isRecorded = false;
    this.#playlist.clear();
    this.#name = name.slice(0, MAX_TOLD_NAME_LENGTH);
    this.#player.turned(this.#name);
  }

  /**
   * Answers seekRequested: the player gets the stream from this position on. A player of a live stream may have turned to what was
   * recorded of it, or back.
   */
  acceptSeek(positionMs: number, isRecorded = true): void {
    this.#requirePlaying("seek");
    this.#state = "playing";
    this.#turn(isRecorded);
    this.#player.seeked(this.#name, positionMs, isRecorded);
  }

  /** Answers seekRequested: the stream goes on where it is. */
  rejectSeek(description: string): void {
    this.#requirePlaying("seek");
    this.#status("NetStream.Seek.Failed", description);
  }

  /** Answers pauseRequested. */
  acceptPause(paused: boolean, isRecorded: boolean = this.#isRecorded): void {
    this.#requirePlaying("pause");
    this.#turn(isRecorded);
    if (paused) this.#player.paused(this.#name, this.#isRecorded);
    else this.#player.unpaused(this.#name, this.#isRecorded);
  }

  /** Answers switchRequested: what is played goes on until the other recording takes over. */
  acceptSwitch(name: string, isFast: boolean): void {
    this.#requirePlaying("switch");
    this.#state = "playing";
    this.#switchingTo = { name: name.slice(0, MAX_TOLD_NAME_LENGTH), isFast };
    this.#player.switching(this.#switchingTo.name);
  }

  /** The other recording has taken over, with a frame of this time. Does nothing if that was told, as when one switch follows another. */
  completeSwitch(timestamp: number): void {
    if (!this.#switchingTo) return;
    const { name, isFast } = this.#switchingTo;
    this.#switchingTo = undefined;
    this.#name = name;
    this.#player.switched(name, isFast, timestamp);
  }

  /** Answers switchRequested: what is played goes on. */
  rejectSwitch(description: string): void {
    this.#status("NetStream.Play.Failed", description);
  }

  /** Answers receiveRequested. The peer is told only that something is switched on (RTMP 1.0 §7.2.2.4, §7.2.2.5). */
  acceptReceive(media: "audio" | "video", enabled: boolean): void {
    this.#requirePlaying("receive");
    if (enabled) this.#player.receives(this.#name, media);
  }

  publishNotify(): void {
    this.#player.published(this.#name);
  }

  unpublishNotify(): void {
    this.#player.unpublished(this.#name);
  }

  /** What the player asked for has been played (RTMP 1.0 §7.2.2.1): of a live stream its duration, of a recording `played`. */
  completePlay(played?: PlayedToEnd): void {
    const next = played && this.#playlist.take();
    if (next) {
      this.#player.endedBeforeNext(played);
      return this.#playNext(next, played.endTimestamp);
    }
    if (played) this.#state = "complete";
    else this.#idle();
    this.#endTimestamp = played?.endTimestamp ?? 0;
    this.#player.ended(this.#name, played);
  }

  /** The peer is done with the NetStream: confirms it, and tells the driver. */
  stop(): void {
    const was = this.#state;
    this.#idle();
    if (was === "publishing")
      this.#status("NetStream.Unpublish.Success", `Stopped publishing ${this.#name}.`);
    if (was === "playing") this.#player.stopped(this.#name);
    if (was !== "idle") this.#outbox.emit({ kind: "stopped", netStreamId: this.id });
  }

  static readonly #COMMANDS: Record<string, (stream: NetStream, command: Command) => void> = {
    publish: (stream, command) => stream.#publish(command),
    play: (stream, command) => stream.#play(command),
    play2: (stream, command) => stream.#play2(command),
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
    this.#playWith(command, readPlayOptions(command));
  }

  #playWith(command: Pick<Command, "name" | "values">, options: Omit<PlayRequest, "stream">): void {
    const name = stringOf(command.values[1]);
    if (this.#isPlayer && !options.reset && name) return this.#enqueue(name, options);
    const stream = this.#turnTo(command, "NetStream.Play.StreamNotFound");
    if (stream) this.#request({ stream, ...options });
  }

  #play2(command: Command): void {
    const play2 = readPlay2(command);
    const isLive = this.#state === "playing" && !this.#isRecorded;
    if (isLive || (play2.transition === "stop" && !this.#isPlayer))
      return this.#refuse("play", "SWITCH_UNSUPPORTED", "Switching streams is not supported.");
    if (play2.transition === "stop") return this.stop();
    const options = playOptionsOf(play2);
    const plays = this.#state === "playing" || this.#state === "complete";
    if (play2.transition !== "switch" || !plays)
      return this.#playWith({ name: "play", values: play2.values }, options);
    const name = stringOf(play2.values[1]) ?? "";
    if (name.length > MAX_STREAM_NAME_LENGTH) return this.#refuseName();
    const request = { stream: parseStreamName(name), ...options };
    const { positionMs } = play2;
    this.#outbox.emit({ kind: "switchRequested", netStreamId: this.id, request, positionMs });
  }

  #request(request: PlayRequest): void {
    this.#playRequest = request;
    this.#state = "playRequested";
    this.#outbox.emit({ kind: "playRequested", netStreamId: this.id, request });
    for (const media of this.#muted) this.#emitReceive(media, false);
    this.#emitBufferLength();
  }

  /** Queues a recording behind what is played. */
  #enqueue(name: string, options: Omit<PlayRequest, "stream">): void {
    if (this.#state === "playing" && !this.#isRecorded) return this.#refusePlaylist();
    if (name.length > MAX_STREAM_NAME_LENGTH) return this.#refuseName();
    const request = { stream: parseStreamName(name), ...options };
    if (this.#state === "complete") return this.#playNext(request, this.#endTimestamp);
    if (!this.#playlist.add(request))
      this.#refuse("play", "PLAYLIST_EXCEEDED", "Too many streams are queued already.");
  }

  #playNext(request: PlayRequest, continuesAtMs: number): void {
    this.#outbox.emit({ kind: "stopped", netStreamId: this.id });
    this.#writtenName = request.stream.written;
    this.#name = request.stream.name.slice(0, MAX_TOLD_NAME_LENGTH);
    this.#request({ ...request, continuesAtMs });
  }

  #refusePlaylist(): void {
    this.#playlist.clear();
    const description = "A live stream has no end, so no other stream can be queued behind it.";
    this.#refuse("play", "PLAYLIST_UNSUPPORTED", description);
  }

  #refuseName(): void {
    const description = `The stream's name is longer than ${MAX_STREAM_NAME_LENGTH} characters.`;
    this.#refuse("play", "NAME_INVALID", description);
  }

  /**
   * Ends publishing or playing, and returns the stream the peer wants instead. Undefined if it only wants an end, as Flash does
   * by publish(false) and play(""), or if the name is too long. An empty name is for the driver to judge: OBS with the whole
   * URL in one field names the stream by the last level of the application.
   */
  #turnTo(command: Pick<Command, "name" | "values">, refusal: StatusCode): StreamName | undefined {
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
    return this.#state === "playing" || this.#state === "playRequested" || this.#state === "complete";
  }

  #endRecording(): void {
    if (!this.#isRecording) return;
    this.#isRecording = false;
    this.#status("NetStream.Record.Stop", `Stopped recording ${this.#name}.`);
  }

  #idle(): void {
    this.#endRecording();
    this.#state = "idle";
    this.#playlist.clear();
    this.#switchingTo = undefined;
  }

  /** What takes over does not know yet what the player wants of it. */
  #turn(isRecorded: boolean): void {
    if (isRecorded === this.#isRecorded) return;
    this.#isRecorded = isRecorded;
    for (const media of this.#muted) this.#emitReceive(media, false);
    this.#emitBufferLength();
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
    if (this.#state !== "playing" && this.#state !== "complete")
      throw new Error(`${request} was answered, but nothing is played`);
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

const RECORDING_TYPES: readonly PublishType[] = ["record", "append", "appendWithGap"];

function publishType(type: string | undefined): PublishType {
  return RECORDING_TYPES.find((each) => each === type) ?? "live";
}
