import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import {
  createGateway,
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  type Gateway,
  type GatewayLimits,
  type GatewayOptions,
  LATENCY_FIRST,
} from "@headgate/gateway";
import type { Random } from "@headgate/testkit";
import { type MemoryLinkPair, memoryLinkPair } from "@headgate/transport";
import { pino } from "pino";
import { ByteScript } from "../byte-script.ts";
import { check } from "../check.ts";
import { HonestPublisher, HonestViewer } from "../honest-peers.ts";
import { joined, mutate } from "../mutate.ts";
import { mutatedSession } from "../mutated-session.ts";
import type { Target } from "../target.ts";
import { VirtualTime } from "../virtual-time.ts";

/** Small, so that hostile peers reach them. */
const LIMITS: GatewayLimits = {
  ...DEFAULT_LIMITS,
  maxStreams: 6,
  maxLogBytes: 200_000,
  maxMessageBytes: 20_000,
  maxPartialBytes: 40_000,
  maxInputBytes: 200_000,
  maxChunkStreams: 16,
  maxNetStreams: 4,
  maxAmfDepth: 8,
  maxAmfValues: 100,
  maxPendingOutputBytes: 10_000,
};

/** Hostile peers of one input. */
const PEERS = 4;

/** Longer than any timeout and any stream's wait for its publisher. Milliseconds. */
const ALL_TIME_MS = 120_000;

const Step = { say: 0, pass: 1, leave: 2, breakOff: 3, stopReading: 4, readOn: 5, end: 6 } as const;
const STEPS = 7;

/**
 * A gateway with several hostile peers that publish and play, and with an honest publisher and viewer that must
 * not notice them. The first byte of the input chooses the application's options; the steps of the peers follow.
 */
export const gateway: Target = {
  name: "gateway",
  make: (random) => {
    const script = scriptOf(random);
    return random.below(8) === 0 ? mutate(script, random, [scriptOf(random)]) : script;
  },
  run(input) {
    const time = new VirtualTime();
    time.run(() => new GatewayWorld(time, input).run());
  },
};

/** Mutated sessions of some peers, sent by turns. */
function scriptOf(random: Random): Uint8Array {
  const sessions = Array.from({ length: 1 + random.below(PEERS) }, () => mutatedSession(random, "client"));
  const places = sessions.map(() => 0);
  const steps: Uint8Array[] = [Uint8Array.of(random.below(256))];
  for (let left = random.below(50); left > 0; left -= 1) {
    const peer = random.below(sessions.length);
    if (random.below(4) === 0) {
      steps.push(Uint8Array.of(random.pick([1, 1, 1, 4, 5, random.below(STEPS)]), peer, random.below(256)));
      continue;
    }
    const length = random.pick([random.below(10), 1537, 1536, random.below(1000), 4000, 10_000]);
    const piece = sessions[peer]!.subarray(places[peer]!, places[peer]! + length);
    places[peer]! += length;
    steps.push(Uint8Array.of(Step.say, peer, piece.length >> 8, piece.length & 0xff), piece);
  }
  return joined(steps);
}

class GatewayWorld {
  readonly #time: VirtualTime;
  readonly #script: ByteScript;
  readonly #gateway: Gateway;
  readonly #inputMemory: { readonly bytes: number };
  readonly #peers: (MemoryLinkPair | undefined)[] = [];
  readonly #pairs: MemoryLinkPair[] = [];
  readonly #publisher: HonestPublisher;
  readonly #viewer: HonestViewer;

  constructor(time: VirtualTime, input: Uint8Array) {
    this.#time = time;
    this.#script = new ByteScript(input);
    const { gateway, driverContext } = createGateway(optionsOf(this.#script.u8()), LOG);
    this.#gateway = gateway;
    this.#inputMemory = driverContext.inputMemory;
    this.#publisher = new HonestPublisher(this.#connect("192.0.2.1").far);
    this.#viewer = new HonestViewer(this.#connect("192.0.2.2").far);
    this.#settle();
    this.#publishFrame();
  }

  run(): void {
    while (!this.#script.isOver) {
      this.#step();
      this.#publishFrame();
    }
    for (const peer of this.#peers) peer?.far.destroy();
    this.#settle();
    check(this.#gateway.connections === 2, `${this.#gateway.connections} connections with two peers`);
    this.#publishFrame();
    this.#end();
  }

  #step(): void {
    const kind = this.#script.u8() % STEPS;
    const index = this.#script.u8() % PEERS;
    if (kind === Step.say) this.#say(index, this.#script.take(this.#script.u16()));
    else this.#disturb(kind, index, this.#script.u8());
    this.#settle();
  }

  #say(index: number, bytes: Uint8Array): void {
    this.#peers[index] ??= this.#connectStranger(index);
    this.#peers[index].far.write(bytes);
  }

  #disturb(kind: number, index: number, amount: number): void {
    if (kind === Step.pass) return this.#pass(amount * amount);
    const peer = this.#peers[index];
    if (kind === Step.stopReading) peer?.far.pause();
    if (kind === Step.readOn) peer?.far.resume();
    if (kind === Step.end) peer?.far.end();
    if (kind === Step.leave) peer?.far.destroy();
    if (kind === Step.breakOff) peer?.far.breakOff("ECONNRESET");
    if (kind === Step.leave || kind === Step.breakOff) this.#peers[index] = undefined;
  }

  /** Lets time pass in steps, so that the honest peers can answer pings. */
  #pass(ms: number): void {
    for (let left = ms; left > 0; left -= 1_000) {
      this.#time.pass(Math.min(left, 1_000));
      this.#settle();
    }
  }

  #publishFrame(): void {
    this.#publisher.publishFrame();
    this.#settle();
    const { frames, problem } = this.#viewer;
    check(problem === undefined, `the honest viewer: ${problem}`);
    check(this.#publisher.problem === undefined, `the honest publisher: ${this.#publisher.problem}`);
    check(
      frames === this.#publisher.frames,
      `${frames} of ${this.#publisher.frames} frames came to the honest viewer`,
    );
  }

  #connectStranger(index: number): MemoryLinkPair {
    const pair = this.#connect(`198.51.100.${index}`, 8_000);
    pair.far.open({ onBytes() {}, onWritable() {}, onClosed() {} });
    return pair;
  }

  #connect(remoteAddress: string, capacity = 64 * 1024): MemoryLinkPair {
    const pair = memoryLinkPair({ remoteAddress, capacity });
    this.#pairs.push(pair);
    this.#gateway.accept(pair.near);
    return pair;
  }

  /** Runs until nothing is under way. */
  #settle(): void {
    for (let idle = 0; idle < 3; idle += 1) {
      this.#time.pass(1);
      if (this.#time.turn()) idle = 0;
      // No short cut: every pair delivers.
      if (this.#pairs.map((pair) => pair.deliver()).includes(true)) idle = 0;
    }
  }

  /** Checks that nothing is left once all peers are gone. */
  #end(): void {
    this.#publisher.leave();
    this.#viewer.leave();
    this.#settle();
    for (let passedMs = 0; passedMs < ALL_TIME_MS; passedMs += 10_000) this.#time.pass(10_000);
    const { connections, faults, streams, logBytes } = this.#gateway;
    check(faults.total === 0, `${faults.total} faults, the last one: ${lastFault}`);
    check(connections === 0, `${connections} connections are left`);
    check(streams.size === 0, `streams are left: ${[...streams.keys()].join(", ")}`);
    check(logBytes === 0, `${logBytes} bytes of logs are left`);
    const { bytes } = this.#inputMemory;
    check(bytes === 0, `${bytes} bytes of input are left`);
    this.#gateway.close().catch(() => {});
    check(this.#time.pending === 0, `${this.#time.pending} timers are left`);
  }
}

function optionsOf(choice: number): GatewayOptions {
  const application: ApplicationOptions = {
    ...DEFAULT_APPLICATION_OPTIONS,
    publisherPolicy: choice & 1 ? "takeover" : "reject",
    lagPolicy: choice & 2 ? "drop" : "jump",
    resumeWindowMs: choice & 4 ? 0 : 10_000,
    retentionBytes: choice & 8 ? 20_000 : 100_000,
    gopCacheMs: choice & 16 ? 0 : 12_000,
    keyframeWaitMs: choice & 16 && choice & 4 ? 0 : 3000,
  };
  return {
    applications: new Map([[choice & 32 ? "*" : "live", application]]),
    limits: LIMITS,
    timeouts: DEFAULT_TIMEOUTS,
    chunkSize: choice & 64 ? 128 : 60_000,
    ackWindow: 2_500_000,
    rtmpe: false,
    merge: LATENCY_FIRST,
    drain: { timeoutMs: 0, waitMs: 0 },
    trace: { address: undefined, stream: undefined },
  };
}

/** Writes every line, and keeps only that of a fault. */
const LOG = pino(
  { level: "trace" },
  {
    write(line: string) {
      if (line.includes('"internal error')) lastFault = line;
    },
  },
);

let lastFault = "";
