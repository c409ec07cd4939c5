import { type TunnelReply, type TunnelRequest, TunnelSession } from "@headgate/http";
import type { Random } from "@headgate/testkit";
import { ByteScript } from "../byte-script.ts";
import { check } from "../check.ts";
import { mutate } from "../mutate.ts";
import type { Target } from "../target.ts";

const MAX_REPLY_BYTES = 300;

/** The byte of the input that begins each kind of step. */
const Step = {
  send: 0,
  idle: 1,
  close: 2,
  write: 3,
  pass: 4,
  pause: 5,
  resume: 6,
  end: 7,
  destroy: 8,
  cancel: 9,
} as const;
const STEPS = 10;

/** The most timeouts after the last step until the session is over. Each must change something. */
const MAX_TIMEOUTS = 200;

/** Requests of a tunnel in any order, with any bodies, on connections that break, while the server sends. */
export const tunnelSession: Target = {
  name: "tunnel-session",
  make: (random) => {
    const script = usualScript(random);
    return random.below(6) === 0 ? script : mutate(script, random, [usualScript(random)]);
  },
  run(input) {
    const world = new TunnelWorld();
    for (const script = new ByteScript(input); !script.isOver; ) world.step(script);
    world.finish();
  },
};

/** A client that sends its requests in order, most of the time. */
function usualScript(random: Random): Uint8Array {
  const steps: number[] = [];
  let sequence = random.below(2);
  for (let left = random.below(40); left > 0; left -= 1) {
    const step = random.pick([0, 0, 1, 1, 1, 1, 3, 3, 3, 4, 4, 4, 5, 6, 6, 9, random.below(STEPS)]);
    steps.push(step);
    if (step === Step.send || step === Step.idle || step === Step.close) steps.push(sequence++);
    if (step === Step.send || step === Step.write) steps.push(random.pick([0, 1, 5, 200]));
    if (step === Step.pass) steps.push(random.below(256));
    if (step === Step.cancel) steps.push(random.below(4));
  }
  return Uint8Array.from(steps);
}

interface Asked {
  readonly request: TunnelRequest;
  isAnswered: boolean;
  isCancelled: boolean;
}

/** A session, and all that must hold for it. */
class TunnelWorld {
  readonly #asked: Asked[] = [];
  readonly #session: TunnelSession;
  #nowMs = 0;
  #written = 0;
  #fetched = 0;
  #closes = 0;

  constructor() {
    const handler = {
      onBytes: (bytes: Uint8Array) => {
        check(bytes.length > 0, "no bytes are handed over");
        check(this.#closes === 0, "bytes come after the end");
      },
      onWritable: () => check(this.#session.writable, "it is told to be writable, and is not"),
      onClosed: () => {
        this.#closes += 1;
      },
    };
    this.#session = new TunnelSession(handler, MAX_REPLY_BYTES, 0);
  }

  step(script: ByteScript): void {
    const session = this.#session;
    switch (script.u8() % STEPS) {
      case Step.send:
        this.#ask("send", script, (left) => left.take(left.u8()));
        break;
      case Step.idle:
        this.#ask("idle", script, () => NOTHING);
        break;
      case Step.close:
        this.#ask("close", script, () => NOTHING);
        break;
      case Step.write:
        this.#write(script.u8());
        break;
      case Step.pass:
        this.#pass(script.u8() ** 2);
        break;
      case Step.pause:
        session.pause();
        break;
      case Step.resume:
        session.resume(this.#nowMs);
        break;
      case Step.end:
        session.end(this.#nowMs);
        break;
      case Step.destroy:
        session.destroy(this.#nowMs);
        break;
      case Step.cancel:
        this.#cancel(script.u8());
    }
    this.#check();
  }

  /** Checks that every request is answered in time once reading goes on, and that the session ends by itself. */
  finish(): void {
    this.#session.resume(this.#nowMs);
    for (let left = MAX_TIMEOUTS; !this.#session.isOver(this.#nowMs); left -= 1) {
      const next = this.#session.nextTimeoutMs;
      check(left > 0 && next < Number.POSITIVE_INFINITY, `it is never over; its next timeout is ${next}`);
      this.#nowMs = Math.max(this.#nowMs, next);
      this.#session.handleTimeout(this.#nowMs);
    }
    this.#check();
    const unanswered = this.#asked.filter(({ isAnswered, isCancelled }) => !isAnswered && !isCancelled);
    const names = unanswered.map(({ request }) => `${request.kind} ${request.sequence}`);
    check(unanswered.length === 0, `never answered: ${names.join(", ")}`);
    check(this.#closes === 1, `it was closed ${this.#closes} times`);
  }

  #ask(kind: TunnelRequest["kind"], script: ByteScript, bodyOf: (script: ByteScript) => Uint8Array): void {
    const number = script.u8();
    // 255: without a sequence number, as some clients send the last request.
    const sequence = kind === "close" && number === 255 ? undefined : number;
    const answer = (reply: TunnelReply | undefined): void => {
      check(!asked.isAnswered, `${kind} ${sequence} is answered twice`);
      asked.isAnswered = true;
      if (reply) this.#takeReply(reply);
    };
    const asked: Asked = {
      request: { kind, sequence, body: bodyOf(script), answer },
      isAnswered: false,
      isCancelled: false,
    };
    this.#asked.push(asked);
    this.#session.request(asked.request, this.#nowMs);
  }

  #takeReply({ pieces, length }: TunnelReply): void {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    check(length === 1 + bytes, `a reply of ${length} bytes has ${bytes}`);
    check(bytes <= MAX_REPLY_BYTES, `a reply of ${bytes} bytes`);
    this.#fetched += bytes;
  }

  #write(length: number): void {
    if (!this.#session.writable) return;
    this.#session.write(new Uint8Array(length), this.#nowMs);
    this.#written += length;
  }

  /** Handles timeouts as a driver does: after each, the next one must be later or never. */
  #pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (
      let left = MAX_TIMEOUTS;
      this.#session.nextTimeoutMs <= endMs && !this.#session.isClosed;
      left -= 1
    ) {
      check(left > 0, "a timeout comes again and again");
      this.#nowMs = Math.max(this.#nowMs, this.#session.nextTimeoutMs);
      this.#session.handleTimeout(this.#nowMs);
    }
    this.#nowMs = endMs;
  }

  #cancel(which: number): void {
    const asked = this.#asked.at(-1 - which);
    if (!asked || asked.isAnswered) return;
    asked.isCancelled = true;
    this.#session.cancel(asked.request, this.#nowMs);
  }

  #check(): void {
    const { bytesSent } = this.#session;
    check(bytesSent <= this.#written, `${bytesSent} bytes are sent of ${this.#written}`);
    check(this.#fetched >= bytesSent || this.#asked.some(({ isCancelled }) => isCancelled), "bytes are lost");
    check(this.#closes === (this.#session.isClosed ? 1 : 0), `it was closed ${this.#closes} times`);
  }
}

const NOTHING = new Uint8Array(0);
