import { createHmac } from "node:crypto";
import { isSameText } from "../texts.ts";

/** A client answers at once; a person is not asked in between. Milliseconds. */
const VALID_MS = 60_000;

const MAC_LENGTH = 16;

/** Challenges that are known again without being remembered: all processes of a server share the key. */
export class Challenges {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  for(user: string, nowMs: number): string {
    const time = nowMs.toString(16);
    return time + this.#macOf(user, time);
  }

  isValid(challenge: string, user: string, nowMs: number): boolean {
    const time = challenge.slice(0, -MAC_LENGTH);
    if (!isSameText(challenge, time + this.#macOf(user, time))) return false;
    const ageMs = nowMs - Number.parseInt(time, 16);
    return ageMs >= 0 && ageMs < VALID_MS;
  }

  #macOf(user: string, time: string): string {
    return createHmac("sha256", this.#key).update(`${time} ${user}`).digest("hex").slice(0, MAC_LENGTH);
  }
}
