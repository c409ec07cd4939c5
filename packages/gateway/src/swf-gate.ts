import { createHmac, timingSafeEqual } from "node:crypto";
import type { SwfIdentity } from "@headgate/bus";
import { ProtocolError } from "@headgate/bytes";
import type { SwfVerification } from "@headgate/chunk";
import type { NetStreamEvent } from "./peer-streams.ts";

/** For a player to say which SWF it is: what Flash Media Server gives it. Milliseconds. */
const ANSWER_MS = 5_000;

/** What a player may ask for before it has answered; Flash asks for two things or three. */
const MAX_HELD_EVENTS = 32;

/** What a player asks for before it has answered, and which SWFs may have it. */
interface HeldEvent {
  readonly event: NetStreamEvent;
  readonly allowed: readonly SwfIdentity[];
}

/**
 * Stands before streams that may be played only by certain SWFs. Encoders are made of no SWF, so publishing goes past it;
 * playing waits until the player has said which SWF it is.
 */
export class SwfGate {
  readonly #key: Uint8Array | undefined;
  readonly #deadlineMs: number;
  #answer: SwfVerification | undefined;
  readonly #held: HeldEvent[] = [];

  /** `key` is the handshake's; the player is asked now. */
  constructor(key: Uint8Array | undefined, nowMs: number) {
    this.#key = key;
    this.#deadlineMs = nowMs + ANSWER_MS;
  }

  /**
   * Whether an event may take effect; one that may not yet is kept for later. `allowed` is given for a `play` of a stream that
   * only these may play. Throws SWF_NOT_VERIFIED.
   */
  admit(event: NetStreamEvent, allowed: readonly SwfIdentity[] = []): boolean {
    if (allowed.length === 0 && !this.#isAboutHeld(event)) return true;
    if (!this.#key) throw notVerified("a handshake without a digest, by which no SWF can be verified");
    if (this.#answer) {
      this.#verify(this.#answer, allowed);
      return true;
    }
    if (this.#held.length === MAX_HELD_EVENTS) throw notVerified("too many requests before the answer");
    this.#held.push({ event, allowed });
    return false;
  }

  /** Takes the player's answer; returns what has waited for it. Throws SWF_NOT_VERIFIED. */
  open(answer: SwfVerification): readonly NetStreamEvent[] {
    this.#answer ??= answer;
    const held = this.#held.splice(0);
    for (const { allowed } of held) this.#verify(this.#answer, allowed);
    return held.map(({ event }) => event);
  }

  /** Throws SWF_NOT_VERIFIED if a player wants to play and has not answered in time. */
  check(nowMs: number): void {
    if (this.#held.length > 0 && nowMs >= this.#deadlineMs) throw notVerified("no answer in time");
  }

  /** An empty list is for an event that only follows a held one. */
  #verify({ size, digest }: SwfVerification, allowed: readonly SwfIdentity[]): void {
    const key = this.#key;
    const isAllowed = (swf: SwfIdentity): boolean =>
      key !== undefined &&
      swf.size === size &&
      timingSafeEqual(createHmac("sha256", key).update(swf.hash).digest(), digest);
    if (allowed.length > 0 && !allowed.some(isAllowed))
      throw notVerified("it is none of those that may play");
  }

  #isAboutHeld({ netStreamId }: NetStreamEvent): boolean {
    return this.#held.some(({ event }) => event.netStreamId === netStreamId);
  }
}

function notVerified(reason: string): ProtocolError {
  return new ProtocolError("SWF_NOT_VERIFIED", `the player's SWF is not verified: ${reason}`);
}
