import { createHmac, timingSafeEqual } from "node:crypto";
import type { SwfIdentity } from "@headgate/bus";
import { ProtocolError } from "@headgate/bytes";
import type { SwfVerification } from "@headgate/chunk";
import type { NetStreamEvent } from "./peer-streams.ts";

/** For a player to say which SWF it is: what Flash Media Server gives it. Milliseconds. */
const ANSWER_MS = 5_000;

/** What a player may ask for before it has answered; Flash asks for two things or three. */
const MAX_HELD_EVENTS = 32;

/**
 * Stands before an application that may be played only by certain SWFs. Publishing goes past it, because encoders are made of
 * no SWF; playing waits until the player has said which it is.
 */
export class SwfGate {
  readonly #allowed: readonly SwfIdentity[];
  readonly #key: Uint8Array | undefined;
  readonly #deadlineMs: number;
  #isOpen = false;
  readonly #held: NetStreamEvent[] = [];

  /** `key` is the handshake's; the player is asked now. */
  constructor(allowed: readonly SwfIdentity[], key: Uint8Array | undefined, nowMs: number) {
    this.#allowed = allowed;
    this.#key = key;
    this.#deadlineMs = nowMs + ANSWER_MS;
  }

  /** Whether an event may take effect; one that may not yet is kept for later. Throws SWF_NOT_VERIFIED. */
  admit(event: NetStreamEvent): boolean {
    if (this.#isOpen || !this.#isAboutPlaying(event)) return true;
    if (!this.#key) throw notVerified("a handshake without a digest, by which no SWF can be verified");
    if (this.#held.length === MAX_HELD_EVENTS) throw notVerified("too many requests before the answer");
    this.#held.push(event);
    return false;
  }

  /** Takes the player's answer; returns what has waited for it. Throws SWF_NOT_VERIFIED. */
  open({ size, digest }: SwfVerification): readonly NetStreamEvent[] {
    const key = this.#key;
    const isAllowed = (swf: SwfIdentity): boolean =>
      key !== undefined &&
      swf.size === size &&
      timingSafeEqual(createHmac("sha256", key).update(swf.hash).digest(), digest);
    if (!this.#allowed.some(isAllowed)) throw notVerified("it is none of those that may play");
    this.#isOpen = true;
    return this.#held.splice(0);
  }

  /** Throws SWF_NOT_VERIFIED if somebody wants to play and has not answered in time. */
  check(nowMs: number): void {
    if (this.#held.length > 0 && nowMs >= this.#deadlineMs) throw notVerified("no answer in time");
  }

  #isAboutPlaying({ kind, netStreamId }: NetStreamEvent): boolean {
    return kind === "playRequested" || this.#held.some((held) => held.netStreamId === netStreamId);
  }
}

function notVerified(reason: string): ProtocolError {
  return new ProtocolError("SWF_NOT_VERIFIED", `the player's SWF is not verified: ${reason}`);
}
