import type { Message } from "@headgate/message";
import type { StreamReader } from "./stream.ts";

/** Tells a player something at its place in what it plays, between the output before and the output after it. */
export type PlaybackNotice = "published" | "unpublished" | "complete" | "dropped";

/** What a player has, whatever it plays. Nothing here grows while the player does not read. */
export interface Playback<Output extends Uint8Array | Message> extends StreamReader {
  /**
   * The next output for the player, about `maxBytes` at most, or a notice, or undefined if there is nothing yet. Output may be
   * shared and must not be changed. Nothing follows `complete` and `dropped`.
   */
  next(maxBytes: number, nowMs: number): Output | PlaybackNotice | undefined;
  /** The output that {@link next} returned last is used for longer than until the caller's turn ends. */
  lend(): void;
  /** Pins the output that {@link next} returned last while it is on its way, until the returned function is called, once. */
  pin(): () => void;
  pause(paused: boolean, nowMs: number): void;
  /** Returns the position from which it goes on, at or before the one that is wanted; undefined if it cannot. Milliseconds. */
  seek(positionMs: number, nowMs: number): number | undefined;
  receive(media: "audio" | "video", enabled: boolean, nowMs: number): void;
  /** How much of what is to come the player wants to have in advance. Milliseconds. */
  bufferLength(lengthMs: number): void;
}
