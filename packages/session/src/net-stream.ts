import { UserControlType, userControl } from "@headgate/chunk";
import { type Command, stringOf } from "./command.ts";
import type { PublishType } from "./events.ts";
import type { Outbox } from "./outbox.ts";
import { type PlayRequest, readPlay } from "./play-request.ts";
import { type StatusCode, status } from "./status.ts";
import { parseStreamName, type StreamName } from "./stream-name.ts";

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
  readonly #outbox: Outbox;

  constructor(id: number, outbox: Outbox) {
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

  /** Whether the command was one of a NetStream's. */
  receive(command: Command): boolean {
    const handler = Object.hasOwn(NetStream.#COMMANDS, command.name) && NetStream.#COMMANDS[command.name];
    if (handler) handler(this, command);
    return Boolean(handler);
  }

  acceptPublish(): void {
    this.#state = "publishing";
    const description = `Publishing ${this.#name}.`;
    this.#outbox.command(0, "onFCPublish", 0, null, status("NetStream.Publish.Start", description));
    this.#userControl(UserControlType.streamBegin);
    this.#status("NetStream.Publish.Start", description);
  }

  acceptPlay(): void {
    this.#state = "playing";
    this.#userControl(UserControlType.streamBegin);
    if (this.#playRequest?.reset !== false) {
      this.#status("NetStream.Play.Reset", `Playing and resetting ${this.#name}.`);
    }
    this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`);
    this.#outbox.data(this.id, "|RtmpSampleAccess", true, true);
  }

  /** Refuses what was requested, or ends what was granted, and tells the peer why. */
  reject(code: StatusCode, description: string): void {
    this.#state = "idle";
    this.#status(code, description);
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

  /** The peer is done with it: says so in return, and to the driver. */
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
    play2: (stream) => stream.#status("NetStream.Play.Failed", "Switching streams is not supported."),
    pause: (stream, command) => stream.#pause(command),
    pauseRaw: (stream, command) => stream.#pause(command),
    seek: (stream) => stream.#status("NetStream.Seek.Failed", "A live stream cannot be sought."),
    receiveAudio: (stream, command) => stream.#receiveMedia("audio", command),
    receiveVideo: (stream, command) => stream.#receiveMedia("video", command),
    closeStream: (stream) => stream.stop(),
  };

  #publish(command: Command): void {
    const [, name, type] = command.values;
    this.stop();
    const text = stringOf(name);
    if (!text) return;
    const stream = parseStreamName(text);
    this.#request(stream, text);
    this.#state = "publishRequested";
    const event = { kind: "publishRequested", netStreamId: this.id, stream } as const;
    this.#outbox.emit({ ...event, type: publishType(stringOf(type)) });
  }

  #play(command: Command): void {
    const request = readPlay(command);
    if (request && this.#state === "playing" && !request.reset) {
      this.#status("NetStream.Play.Failed", "A live stream has no end for another one to queue behind.");
      return;
    }
    this.stop();
    if (!request) return;
    this.#request(request.stream, stringOf(command.values[1]) ?? "");
    this.#playRequest = request;
    this.#state = "playRequested";
    this.#outbox.emit({ kind: "playRequested", netStreamId: this.id, request });
  }

  #request(stream: StreamName, writtenName: string): void {
    this.#name = stream.name;
    this.#writtenName = writtenName;
  }

  #pause(command: Command): void {
    if (this.#state !== "playing") return;
    const paused = command.values[1] === true;
    this.#status(
      paused ? "NetStream.Pause.Notify" : "NetStream.Unpause.Notify",
      `${paused ? "Pausing" : "Unpausing"} ${this.#name}.`,
    );
    this.#outbox.emit({ kind: "paused", netStreamId: this.id, paused });
  }

  /** Only switching on is answered (RTMP 1.0 §7.2.2.4, §7.2.2.5). */
  #receiveMedia(media: "audio" | "video", command: Command): void {
    const enabled = command.values[1] === true;
    if (enabled && this.#state === "playing") {
      this.#status("NetStream.Seek.Notify", `Seeking to the live position of ${this.#name}.`);
      this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`);
    }
    this.#outbox.emit({ kind: "receive", netStreamId: this.id, media, enabled });
  }

  #status(code: StatusCode, description: string): void {
    this.#outbox.onStatus(this.id, status(code, description, this.#name));
  }

  #userControl(event: number): void {
    this.#outbox.control(userControl({ event, value: this.id }));
  }
}

function publishType(type: string | undefined): PublishType {
  if (type === "record") return "record";
  return type === "append" || type === "appendWithGap" ? "append" : "live";
}
