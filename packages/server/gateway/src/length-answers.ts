import type { KeyRefusal, StreamKey } from "@headgate/bus";
import { Guard } from "@headgate/transport";
import type { GatewayContext } from "./context.ts";
import type { EventOf } from "./net-stream-event.ts";

/** How many recordings are looked for at once because one peer asks how long they are: players ask for the one that they play. */
const MAX_LENGTHS_ASKED = 4;

/** What a peer's questions are answered by. */
export interface LengthAnswersParts {
  readonly context: Pick<GatewayContext, "playSources" | "faults">;
  keyOf(name: string): StreamKey | KeyRefusal;
  answer(transactionId: number, lengthMs: number): void;
  /** Runs work whose errors end this connection, and sends the session's replies. */
  guard(work: () => void): void;
}

/** Tells a player how long a stream is before it plays; one that is live or not there has a length of 0. */
export class LengthAnswers {
  readonly #parts: LengthAnswersParts;
  #asked = 0;

  constructor(parts: LengthAnswersParts) {
    this.#parts = parts;
  }

  answer({ transactionId, stream: { name, format } }: EventOf<"streamLengthRequested">): void {
    const { context, keyOf, answer, guard } = this.#parts;
    const key = keyOf(name);
    if (typeof key === "string" || this.#asked >= MAX_LENGTHS_ASKED) return answer(transactionId, 0);
    const found = context.playSources.durationMs(key, format);
    if (!(found instanceof Promise)) return answer(transactionId, found);
    this.#asked += 1;
    new Guard(context.faults, "request", () => {}).settle(found, (lengthMs) => {
      this.#asked -= 1;
      guard(() => answer(transactionId, lengthMs));
    });
  }
}
