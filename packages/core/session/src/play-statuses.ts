import type { AmfObject } from "@headgate/amf";
import { UserControlType, userControl } from "@headgate/message";
import type { SessionEvent } from "./events.ts";
import type { Outbox } from "./outbox.ts";
import { playStatus, type StatusCode, status } from "./status.ts";

/** What a player was sent of a recording that has ended. */
export interface PlayedToEnd {
  /** Milliseconds. */
  readonly durationMs: number;
  readonly bytes: number;
  /** The time at which what comes next begins. Milliseconds. */
  readonly endTimestamp: number;
}

/** Tells a player what becomes of what it plays, in the order that clients wait for. */
export class PlayStatuses {
  readonly #netStreamId: number;
  readonly #outbox: Outbox<SessionEvent>;

  constructor(netStreamId: number, outbox: Outbox<SessionEvent>) {
    this.#netStreamId = netStreamId;
    this.#outbox = outbox;
  }

  started(name: string, isRecorded: boolean, reset: boolean): void {
    this.#begin(isRecorded);
    if (reset) this.#status("NetStream.Play.Reset", `Playing and resetting ${name}.`, name);
    this.startedNext(name);
    this.#outbox.data(this.#netStreamId, "|RtmpSampleAccess", true, true);
    if (isRecorded) this.#outbox.data(this.#netStreamId, "onStatus", { code: "NetStream.Data.Start" });
  }

  /** Something else is played in place of a live stream, or of a recording in a playlist that has ended. */
  startedNext(name: string): void {
    this.#status("NetStream.Play.Start", `Started playing ${name}.`, name);
  }

  /** The player was turned to a live stream. */
  turned(name: string): void {
    this.#begin(false);
    this.#status("NetStream.Play.Reset", `Playing and resetting ${name}.`, name);
    this.startedNext(name);
  }

  seeked(name: string, positionMs: number, isRecorded: boolean): void {
    this.#end();
    this.#begin(isRecorded);
    const description = `Seeking ${positionMs} (stream ID: ${this.#netStreamId}).`;
    this.#status("NetStream.Seek.Notify", description, name);
    this.startedNext(name);
  }

  paused(name: string, isRecorded: boolean): void {
    this.#status("NetStream.Pause.Notify", `Pausing ${name}.`, name);
    if (isRecorded) this.#end();
  }

  unpaused(name: string, isRecorded: boolean): void {
    if (isRecorded) this.#begin(true);
    this.#status("NetStream.Unpause.Notify", `Unpausing ${name}.`, name);
  }

  receives(name: string, media: "audio" | "video"): void {
    this.#status("NetStream.Seek.Notify", `Receiving the ${media} of ${name}.`, name);
    this.startedNext(name);
  }

  switching(name: string): void {
    const info = status("NetStream.Play.Transition", `Switching to ${name}.`, name);
    this.#outbox.onStatus(this.#netStreamId, { ...info, reason: "NetStream.Transition.Success" });
  }

  /** The other recording has taken over, with a frame of this time. */
  switched(name: string, isFast: boolean, timestamp: number): void {
    const info = playStatus("NetStream.Play.TransitionComplete", { details: name, isFastPlay: isFast });
    this.#outbox.dataAt(timestamp, this.#netStreamId, "onPlayStatus", info);
  }

  published(name: string): void {
    this.#status("NetStream.Play.PublishNotify", `${name} is now published.`, name);
  }

  unpublished(name: string): void {
    this.#status("NetStream.Play.UnpublishNotify", `${name} is now unpublished.`, name);
    this.#end();
  }

  /** A recording has ended, and another one follows it. */
  endedBeforeNext(played: PlayedToEnd): void {
    this.#playStatus(playStatus("NetStream.Play.Switch", factsOf(played)));
  }

  /** Nothing may come behind it. `played` is of a recording. */
  ended(name: string, played: PlayedToEnd | undefined): void {
    const complete = played
      ? playStatus("NetStream.Play.Complete", factsOf(played))
      : status("NetStream.Play.Complete", "Played to the end.");
    this.#playStatus(complete);
    this.stopped(name);
    this.#end();
  }

  stopped(name: string): void {
    this.#status("NetStream.Play.Stop", `Stopped playing ${name}.`, name);
  }

  /** Clients tell a recording from a live stream by what comes before StreamBegin. */
  #begin(isRecorded: boolean): void {
    if (isRecorded) this.#userControl(UserControlType.streamIsRecorded);
    this.#userControl(UserControlType.streamBegin);
  }

  #end(): void {
    this.#userControl(UserControlType.streamEof);
  }

  #playStatus(info: AmfObject): void {
    this.#outbox.data(this.#netStreamId, "onPlayStatus", info);
  }

  #status(code: StatusCode, description: string, name: string): void {
    this.#outbox.onStatus(this.#netStreamId, status(code, description, name));
  }

  #userControl(event: number): void {
    this.#outbox.control(userControl({ event, value: this.#netStreamId }));
  }
}

function factsOf({ durationMs, bytes }: PlayedToEnd): AmfObject {
  return { duration: durationMs / 1000, bytes };
}
