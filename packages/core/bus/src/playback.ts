import type { Message } from "@headgate/message";
import type { Pinned } from "./pinned.ts";
import type { StreamReader } from "./stream.ts";

/**
 * Tells a player something at its place in what it plays, between the output before and the output after it. `switched`: what comes
 * after the last output is another recording, and its first frame was sent.
 */
export type PlaybackNotice = "published" | "unpublished" | "complete" | "dropped" | "switched";

/** What a player has been sent of a recording when that has ended. */
export interface Played {
  /** Of what was to be played. Milliseconds. */
  readonly durationMs: number;
  /** Of messages, without the headers of their chunks. */
  readonly bytes: number;
  /** The time at which what comes next in a playlist begins. Milliseconds. */
  readonly endTimestamp: number;
}

/** What a player has, whatever it plays. Nothing here grows while the player does not read. */
export interface Playback<Output extends Uint8Array | Message> extends StreamReader {
  /**
   * The next output for the player, about `maxBytes` at most, or a notice, or undefined if there is nothing yet. Output may be
   * shared and must not be changed; it is empty if the player wants nothing of what comes next. Nothing follows `dropped`, nor
   * `complete` unless the player seeks.
   */
  next(maxBytes: number, nowMs: number): Output | PlaybackNotice | undefined;
  /** What the output that {@link next} returned last has cost: as much as so many bytes that are shared. */
  readonly effort: number;
  /** How many messages were copied for this player, or left out, so far: what others share does not count. */
  readonly copiedEntries: number;
  /** When there will be more although nothing has been published; infinite if never. Milliseconds of the driver's clock. */
  readonly nextDueMs: number;
  /** Of a recording, for the notice `complete`; undefined for a live stream. */
  readonly played: Played | undefined;
  /** The output that {@link next} returned last is used for longer than until the caller's turn ends. */
  lend(): void;
  /** The output that {@link next} returned last is on its way, until it is unpinned. */
  pin(): Pinned;
  /** `positionMs` is where the player is, by its own account. */
  pause(paused: boolean, nowMs: number, positionMs: number): void;
  /** Returns the position from which it goes on, at or before the one that is wanted; undefined if it cannot. Milliseconds. */
  seek(positionMs: number, nowMs: number): number | undefined;
  receive(media: "audio" | "video", enabled: boolean, nowMs: number): void;
  /** How long the next output has waited for the player. Milliseconds. */
  behindMs(nowMs: number): number;
  /** How much of what is to come the player has told that it wants to have in advance; undefined if it has not. Milliseconds. */
  readonly bufferLengthMs: number | undefined;
  /** How much of what is to come the player wants to have in advance. Milliseconds. */
  bufferLength(lengthMs: number): void;
}
