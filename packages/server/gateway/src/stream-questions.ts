import type { KeyRefusal, StreamKey } from "@headgate/bus";
import type { StreamName } from "@headgate/session";
import { Guard } from "@headgate/transport";
import type { GatewayContext } from "./context.ts";
import { grantStream } from "./grants.ts";
import type { EventOf } from "./net-stream-event.ts";
import type { RecordingOf } from "./play-source.ts";
import { decide, type Policy } from "./policy.ts";
import { Reservations } from "./reservations.ts";
import { type AttemptingPeer, streamAttempt } from "./stream-attempt.ts";

/** How many answers are looked for at once for one peer: players ask about the recording that they play. */
const MAX_ASKED = 4;

/** Streams of whose past one peer may have asked: those that it plays. */
const MAX_PASTS = 32;

export type StreamQuestion = EventOf<"streamLengthRequested" | "recordingInfoRequested">;

/** What a peer's questions are answered by. */
export interface StreamQuestionsParts {
  readonly context: Pick<GatewayContext, "playSources" | "faults" | "streams">;
  readonly peer: AttemptingPeer & { readonly policies: readonly Policy[] };
  keyOf(name: string): StreamKey | KeyRefusal;
  answerLength(transactionId: number, lengthMs: number): void;
  answerRecording(transactionId: number, name: string, info: RecordingOf): void;
  /** Runs work whose errors end this connection, and sends the session's replies. */
  guard(work: () => void): void;
}

/**
 * Tells a player how long a stream is, and what was recorded of it, before it plays it. The policies are asked as for `play`, once
 * there is something to tell; a stream that the player may not play is one that is not there.
 */
export class StreamQuestions {
  readonly #parts: StreamQuestionsParts;
  #asked = 0;
  /** The paths of streams of whose past the peer has asked; those asked for last are the last. */
  readonly #pasts = new Set<string>();

  constructor(parts: StreamQuestionsParts) {
    this.#parts = parts;
  }

  /** Whether the peer has asked what was recorded of the stream. */
  wantsPast({ path }: StreamKey): boolean {
    return this.#pasts.has(path);
  }

  answer(question: StreamQuestion): void {
    const { context, keyOf, guard } = this.#parts;
    const { name } = question.stream;
    const key = keyOf(name);
    if (typeof key === "string" || this.#asked >= MAX_ASKED) return this.#tell(question, undefined);
    const found =
      question.kind === "recordingInfoRequested" ? this.#past(key, question) : this.#length(key, question);
    if (!(found instanceof Promise)) return this.#tell(question, found);
    this.#asked += 1;
    const done = (answer: Answer): void => {
      this.#asked -= 1;
      guard(() => this.#tell(question, answer));
    };
    new Guard(context.faults, "request", () => {}).settle(found, done, () => done(undefined));
  }

  #length(key: StreamKey, { stream }: StreamQuestion): Answer | Promise<Answer> {
    const found = this.#parts.context.playSources.durationMs(key, stream.format);
    return found === 0 ? 0 : this.#allowedLength(key, stream, found);
  }

  async #allowedLength(key: StreamKey, stream: StreamName, found: number | Promise<number>): Promise<Answer> {
    const lengthMs = await found;
    if (lengthMs === 0) return 0;
    const played = await this.#played(key, stream);
    if (!played) return 0;
    return played.path === key.path
      ? lengthMs
      : this.#parts.context.playSources.durationMs(played, stream.format);
  }

  async #past(key: StreamKey, { stream }: StreamQuestion): Promise<Answer> {
    const found = await this.#parts.context.playSources.recordingOf(key);
    if (found === undefined) return undefined;
    const played = await this.#played(key, stream);
    if (!played) return undefined;
    this.#note(played);
    return played.path === key.path ? found : this.#parts.context.playSources.recordingOf(played);
  }

  /** The stream that the peer would play; undefined if it may not. */
  async #played(key: StreamKey, stream: StreamName): Promise<StreamKey | undefined> {
    const { context, peer } = this.#parts;
    const reservations = new Reservations();
    try {
      const attempt = streamAttempt(context, peer, key, stream, reservations);
      const { applications } = context.streams.bus;
      const decision = await decide(peer.policies, "play", { ...attempt, start: "any" }, (before, allowed) =>
        grantStream(before, allowed, applications),
      );
      return decision.kind === "allow" ? decision.attempt.key : undefined;
    } finally {
      reservations.end();
    }
  }

  #note({ path }: StreamKey): void {
    this.#pasts.delete(path);
    this.#pasts.add(path);
    if (this.#pasts.size > MAX_PASTS) this.#pasts.delete(this.#pasts.values().next().value!);
  }

  #tell({ kind, transactionId, stream: { name } }: StreamQuestion, answer: Answer): void {
    const { answerLength, answerRecording } = this.#parts;
    if (kind === "streamLengthRequested")
      return answerLength(transactionId, typeof answer === "number" ? answer : 0);
    answerRecording(transactionId, name, typeof answer === "number" ? undefined : answer);
  }
}

/** A length, or what was recorded. */
type Answer = number | RecordingOf;
