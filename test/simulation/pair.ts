import { ProtocolError } from "@headgate/bytes";
import {
  type ConnectionDriver,
  type ConnectionTimeouts,
  DEFAULT_CONNECTION_LIMITS,
  ServerConnection,
} from "@headgate/connection";
import { grant } from "@headgate/fuzz/grant";
import { ClientHandshake } from "@headgate/handshake";
import { ScriptedPeer } from "@headgate/scripted-peer";
import type { NetConnection, SessionEvent } from "@headgate/session";
import { kept, Random, randomCuts } from "@headgate/testkit";

export const TIMEOUTS: ConnectionTimeouts = {
  firstByteMs: 10_000,
  handshakeMs: 10_000,
  connectMs: 10_000,
  pingIntervalMs: 15_000,
  pingTimeoutMs: 15_000,
};

interface PairOptions {
  readonly handshake?: "simple" | "digest" | "rtmpe";
  /** Cuts what either side says at places drawn from this seed; without it, all arrives in one piece. */
  readonly cutSeed?: number;
  /** What the server answers an event with. Without it, it grants everything. */
  readonly policy?: (event: SessionEvent, session: NetConnection) => void;
}

/**
 * A scripted client and a server's connection, piped together in memory, with a clock that jumps from one timeout to the
 * next.
 */
export class Pair implements ConnectionDriver<SessionEvent> {
  readonly client: ScriptedPeer;
  /** Whether nothing that the client says from here on arrives. */
  isClientSilent = false;
  readonly server: ServerConnection;
  readonly events: SessionEvent[] = [];
  /** What the client has sent, all of it. */
  readonly sent: Uint8Array[] = [];
  nowMs = 1000;
  /** Why the server has given up: a ProtocolError's code, or the timeout that has passed. */
  ended: string | undefined;
  readonly #policy: (event: SessionEvent, session: NetConnection) => void;
  readonly #cuts: Random | undefined;
  readonly #toClient: Uint8Array[] = [];
  readonly #toServer: Uint8Array[] = [];

  constructor({ handshake = "simple", cutSeed, policy = grant }: PairOptions = {}) {
    const randomness = new Random(42);
    const random = (length: number) => randomness.bytes(length);
    this.client = new ScriptedPeer(new ClientHandshake({ random, kind: handshake }), (bytes) =>
      this.#toServer.push(bytes),
    );
    const options = { random, chunkSize: 4096, ackWindow: 2_500_000, rtmpe: true, timeouts: TIMEOUTS };
    this.server = new ServerConnection({ ...options, limits: DEFAULT_CONNECTION_LIMITS }, this.nowMs);
    this.#policy = policy;
    this.#cuts = cutSeed === undefined ? undefined : new Random(cutSeed);
    this.client.start();
  }

  onEvent(event: SessionEvent): void {
    this.events.push(kept(event));
    this.#policy(event, this.server.session);
  }

  onOutput(bytes: Uint8Array): void {
    this.#toClient.push(bytes);
  }

  /** Carries bytes both ways until neither side has more to say. */
  exchange(): void {
    for (;;) {
      const output = this.takeClientOutput();
      if (output) this.sent.push(output);
      for (const piece of this.#cut(output ? [output] : [])) this.deliver(piece);
      const replies = this.#toClient.splice(0);
      for (const piece of this.#cut(replies)) this.client.receive(piece);
      if (!output && replies.length === 0) return;
    }
  }

  /** What the client has said since the last call, in one piece. */
  takeClientOutput(): Uint8Array | undefined {
    const output = Uint8Array.from(this.#toServer.splice(0).flatMap((piece) => [...piece]));
    return output.length > 0 && !this.isClientSilent ? output : undefined;
  }

  /** Gives the server bytes that are the test's own. */
  deliver(bytes: Uint8Array): void {
    this.#guard(() => this.server.receive(bytes, this.nowMs));
  }

  /** Lets time pass, from timeout to timeout; the client reads and answers in no time. */
  elapse(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (!this.ended && this.server.nextTimeoutMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.server.nextTimeoutMs);
      this.#guard(() => {
        this.ended = this.server.handleTimeout(this.nowMs);
      });
      this.exchange();
    }
    if (!this.ended) this.nowMs = endMs;
  }

  /** Hands over what comes of an action, as a driver does, and ends where a driver would. */
  #guard(action: () => void): void {
    if (this.ended) return;
    try {
      action();
      this.server.poll(this, this.nowMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.ended = error.code;
    }
  }

  #cut(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
    const cuts = this.#cuts;
    return cuts ? pieces.flatMap((piece) => randomCuts(piece, cuts)) : pieces;
  }
}
