import type { Playback, PlaybackNotice } from "@headgate/bus";
import { BlockedOutput } from "./blocked-output.ts";
import type { DriverContext } from "./driver-context.ts";
import { hasStalled } from "./has-stalled.ts";
import { sendMedia } from "./send-media.ts";
import type { Traffic } from "./traffic.ts";
import { UnsentMedia } from "./unsent-media.ts";

/** What takes bytes for a player that is sent nothing but media: the body of a reply, or a WebSocket. */
export interface MediaOutput {
  readonly remoteAddress: string;
  /** Whether the player has taken most of what was written. False for good once it is gone. */
  readonly writable: boolean;
  /** What was written and has not left the process. */
  readonly queuedBytes: number;
  /** Returns whether the bytes have already left the process. If not, they must not change any more. */
  write(bytes: Uint8Array): boolean;
}

type Context = Pick<DriverContext, "options" | "memoryPressure" | "now">;

/** Writes media to one player, and notices if it takes none. */
export class MediaWriter {
  /** It is a client's. */
  readonly isInternal = false;
  readonly link: MediaOutput;
  readonly #context: Context;
  readonly #traffic: Traffic;
  readonly #blocked = new BlockedOutput(0);
  readonly #unsent: UnsentMedia;
  readonly #stallMs: number;

  /** What is written is counted in `traffic`. */
  constructor(context: Context, output: MediaOutput, traffic: Traffic) {
    this.#context = context;
    this.#traffic = traffic;
    this.link = output;
    this.#unsent = new UnsentMedia(output);
    this.#stallMs = context.options.timeouts.stallMs;
  }

  /** As that of a `Peer`. */
  send(playback: Playback<Uint8Array>, maxEffort: number, nowMs: number): number | PlaybackNotice {
    return sendMedia(this, playback, maxEffort, nowMs, this.#context.memoryPressure());
  }

  /** Called by {@link send}. */
  writeMedia(playback: Playback<Uint8Array>, bytes: Uint8Array): void {
    const { link } = this;
    this.#traffic.sentBytes += bytes.length;
    if (link.write(bytes)) return;
    const nowMs = this.#context.now();
    playback.lend();
    this.#unsent.add(playback.pin(), bytes.length, nowMs);
    if (!link.writable) this.#blocked.begin(nowMs);
  }

  /** Something else was written, as a player's first bytes are. */
  skip(length: number): void {
    this.#traffic.sentBytes += length;
    if (this.link.queuedBytes > 0) this.#unsent.skip(length);
  }

  /** The player has taken what was written. */
  onWritable(): void {
    this.#blocked.end();
    this.#unsent.look();
  }

  /** Lets go of what has left; called a few times a second. Returns whether the player has taken nothing for too long. */
  hasStalled(nowMs: number): boolean {
    this.#unsent.look();
    const { sinceMs: blockedSinceMs } = this.#blocked;
    const { droppedSinceMs } = this.#unsent;
    const pressure = this.#context.memoryPressure();
    return hasStalled({ blockedSinceMs, droppedSinceMs }, this.#stallMs, pressure, nowMs);
  }

  /** The player is gone. */
  end(): void {
    this.#unsent.end();
  }
}
