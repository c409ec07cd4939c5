import type { Message } from "@headgate/message";
import type { Pinned } from "./pinned.ts";
import type { StreamReader } from "./stream.ts";

/** Tells a player something at its place in what it plays, between the output before and the output after it. */
export type PlaybackNotice = "published" | "unpublished" | "complete" | "dropped";

/** What a player has, whatever it plays. Nothing here grows while the player does not read. */
export interface Playback<Output extends Uint8Array | Message> extends StreamReader {
  /**
   * The next output for the player, about `maxBytes` at most, or a notice, or undefined if there is nothing yet. Output may be
   * shared and must not be changed; it is empty if the player wants nothing of what comes next. Nothing follows `complete` and
   * `dropped`.
   */
  next(maxBytes: number, nowMs: number): Output | PlaybackNotice | undefined;
  /** What the output that {@link next} returned last has cost: as much as so many bytes that are shared. */
  readonly effort: number;
  /** The output that {@link next} returned last is used for longer than until the caller's turn ends. */
  lend(): void;
  /** The output that {@link next} returned last is on its way, until it is unpinned. */
  pin(): Pinned;
  pause(paused: boolean, nowMs: number): void;
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
