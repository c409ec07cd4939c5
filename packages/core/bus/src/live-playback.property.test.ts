import type { Message } from "@headgate/message";
import fc, { type Arbitrary } from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_APPLICATION_OPTIONS } from "./application-options.ts";
import { Bus } from "./bus.ts";
import type { LivePlayback } from "./live-playback.ts";
import {
  audioConfig,
  audioFrame,
  CAM,
  data,
  decode,
  interFrame,
  keyframe,
  RTMP,
  readable,
  videoConfig,
} from "./messages.test.helper.ts";
import { METADATA_TIMESTAMP } from "./sync-point.ts";

const NEVER_MS = 1e9;

type Kind = "key" | "inter" | "audio" | "videoConfig" | "audioConfig" | "data";

type Step =
  | { readonly do: "append"; readonly kind: Kind; readonly length: number; readonly count: number }
  | {
      readonly do: "join";
      readonly messageStreamId: number;
      readonly audio: boolean;
      readonly video: boolean;
    }
  | { readonly do: "read"; readonly viewer: number; readonly maxBytes: number; readonly times: number }
  | { readonly do: "wait"; readonly ms: number };

interface Options {
  readonly retentionBytes: number;
  readonly gopCacheMs: number;
  readonly firstTimestamp: number;
}

/** What was appended, and at a sync point the headers that were in force. */
interface Appended {
  readonly kind: Kind;
  readonly message: Message;
  readonly headers: readonly Appended[] | undefined;
  /** The headers that were in force before it. */
  readonly inForce: readonly Appended[];
}

const step: Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("append"),
      kind: fc.constantFrom<Kind>("key", "inter", "inter", "audio", "videoConfig", "audioConfig", "data"),
      length: fc.nat(30_000),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("join"),
      messageStreamId: fc.constantFrom(1, 1, 2),
      audio: fc.boolean(),
      video: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("read"),
      viewer: fc.nat(5),
      maxBytes: fc.integer({ min: 1, max: 200_000 }),
      times: fc.integer({ min: 1, max: 8 }),
    }),
  },
  // All steps together take less time than a stream without video takes to begin at audio frames.
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.nat(60) }) },
) as Arbitrary<Step>;

const options: Arbitrary<Options> = fc.record({
  retentionBytes: fc.constantFrom(150_000, 500_000, 10_000_000),
  gopCacheMs: fc.constantFrom(0, 100, 12_000),
  firstTimestamp: fc.constantFrom(0, 0xff_fff0, 0xffff_fff0),
});

const makers: Record<Kind, (timestamp: number, marked: { mark: string; length: number }) => Message> = {
  key: keyframe,
  inter: interFrame,
  audio: audioFrame,
  videoConfig: (timestamp, { mark }) => videoConfig(mark, timestamp),
  audioConfig: (timestamp, { mark }) => audioConfig(mark, timestamp),
  data: (timestamp, { mark }) => data(mark, timestamp),
};

/** One viewer and all it has read. */
class Reader {
  readonly viewer: LivePlayback;
  readonly pieces: Uint8Array[] = [];
  readonly #join: Extract<Step, { do: "join" }>;

  constructor(viewer: LivePlayback, join: Extract<Step, { do: "join" }>) {
    this.viewer = viewer;
    this.#join = join;
    viewer.receive("audio", join.audio, 0);
    viewer.receive("video", join.video, 0);
  }

  read(maxBytes: number, nowMs: number): boolean {
    const next = this.viewer.next(maxBytes, nowMs);
    if (next === undefined) return false;
    if (typeof next === "string") throw new Error(`unexpected notice: ${next}`);
    // Some are still being sent when the memory of others is used again.
    if (this.pieces.length % 2 === 0) this.viewer.lend();
    this.pieces.push(this.pieces.length % 2 === 0 ? next : next.slice());
    return true;
  }

  /** What this viewer is to get of all that was appended, as it is to get it. */
  expects({ kind, message }: Appended): string | undefined {
    if (kind === "audio" && !this.#join.audio) return undefined;
    if ((kind === "key" || kind === "inter") && !this.#join.video) return undefined;
    return identity({ ...message, messageStreamId: this.#join.messageStreamId });
  }
}

/** Publishes, joins and reads as the steps say. */
class Scenario {
  readonly appended: Appended[] = [];
  readonly readers: Reader[] = [];
  readonly #bus: Bus;
  readonly #publisher;
  #nowMs = 0;
  #timestamp: number;
  readonly #headers = new Map<Kind, Appended>();

  constructor({ firstTimestamp, ...application }: Options) {
    this.#timestamp = firstTimestamp;
    const applications = new Map([
      ["live", { ...DEFAULT_APPLICATION_OPTIONS, keyframeWaitMs: NEVER_MS, ...application }],
    ]);
    this.#bus = new Bus({
      applications,
      framing: RTMP,
      maxStreams: 1,
      maxWaitingStreams: 1,
      maxLogBytes: 1e9,
    });
    const outcome = this.#bus.publish(CAM);
    if ("refusal" in outcome) throw new Error(outcome.refusal);
    this.#publisher = outcome.publisher;
    this.append("videoConfig", 0);
  }

  take(each: Step): void {
    if (each.do === "append") {
      for (let i = 0; i < each.count; i++) this.append(each.kind, each.length);
    } else if (each.do === "join") {
      this.join(each);
    } else if (each.do === "read") {
      const reader = this.readers[each.viewer];
      for (let i = 0; i < each.times; i++) reader?.read(each.maxBytes, this.#nowMs);
    } else {
      this.#nowMs += each.ms;
    }
  }

  append(kind: Kind, length: number): void {
    const timestamp = kind === "data" ? METADATA_TIMESTAMP : this.#timestamp;
    const message = makers[kind](timestamp, { mark: `${kind}${this.appended.length}`, length });
    const inForce = inOrder([...this.#headers.values()]);
    const appended = { kind, message, headers: kind === "key" ? inForce : undefined, inForce };
    this.appended.push(appended);
    if (kind === "data") this.#publisher.data(message, "onMetaData", this.#nowMs);
    else this.#publisher.media(message, this.#nowMs);
    if (kind === "data" || kind === "videoConfig" || kind === "audioConfig") {
      this.#headers.delete(kind);
      this.#headers.set(kind, appended);
    }
    this.#timestamp = (this.#timestamp + 7) >>> 0;
  }

  join(each: Extract<Step, { do: "join" }>): void {
    const { messageStreamId } = each;
    const outcome = this.#bus.play(CAM, { messageStreamId }, this.#nowMs);
    if ("refusal" in outcome) throw new Error(outcome.refusal);
    this.readers.push(new Reader(outcome.playback, each));
  }

  /** Gives everybody a place to begin and lets them read to the end. */
  finish(): void {
    this.#nowMs += 1;
    this.append("key", 100);
    this.append("data", 0);
    for (const reader of this.readers) while (reader.read(100_000, this.#nowMs));
  }
}

function inOrder(headers: readonly Appended[]): Appended[] {
  return [...headers.filter(({ kind }) => kind === "data"), ...headers.filter(({ kind }) => kind !== "data")];
}

/** Everything that matters of a message, short enough to be compared and read in a failure. */
function identity(message: Message): string {
  const checksum = message.payload.reduce((sum, byte) => (sum * 31 + byte) | 0, 0);
  return `${readable(message)} (${message.payload.length} bytes, ${checksum})`;
}

/**
 * How many contiguous runs a reader has read, each with its headers in front and with pictures from a sync point on, and each
 * later than the one before. Throws if it is anything else.
 */
function countRuns(reader: Reader, appended: readonly Appended[]): number {
  const read = decode(reader.pieces).map(identity);
  let runs = 0;
  let from = 0;
  for (let at = 0; at < read.length; runs++) {
    const found = longestRun(read.slice(at), reader, appended, from);
    if (!found) throw new Error(`not to be read after run ${runs}: ${read[at]}`);
    at += found.messages;
    from = found.end;
  }
  return runs;
}

function isFrame({ kind }: Appended): boolean {
  return kind === "key" || kind === "inter" || kind === "audio";
}

/** From a sync point, or with sound alone up to one. */
function longestRun(
  read: readonly string[],
  reader: Reader,
  appended: readonly Appended[],
  from: number,
): { messages: number; end: number } | undefined {
  let longest: { messages: number; end: number } | undefined;
  for (let start = from; start < appended.length; start++) {
    const { headers, inForce } = appended[start]!;
    const timestamp = appended.find((each, index) => index >= start && isFrame(each))?.message.timestamp ?? 0;
    // A header that is replaced where the run starts is no longer known there.
    const known = headers ?? inForce.filter(({ kind }) => kind !== appended[start]!.kind);
    const front = known.map((header) => {
      return {
        ...header,
        message: { ...header.message, timestamp: header.kind === "data" ? 0 : timestamp },
      };
    });
    const firstKey = appended.findIndex(({ kind }, index) => index >= start && kind === "key");
    let messages = 0;
    let end = start;
    for (let index = 0; index < front.length + appended.length - start; index++) {
      const each = front[index] ?? appended[start + index - front.length]!;
      const isHeldBack = each.kind === "inter" && start + index - front.length < firstKey;
      if (index >= front.length && isHeldBack) continue;
      const expected = reader.expects(each);
      if (expected !== undefined && read[messages] !== expected) break;
      if (expected !== undefined) messages += 1;
      end = Math.max(start, start + index + 1 - front.length);
    }
    if (messages > (longest?.messages ?? 0)) longest = { messages, end };
  }
  return longest;
}

describe("viewers with any pattern of reading", () => {
  it("read, byte for byte, contiguous runs from a sync point on, and one more only where they have lagged", () => {
    let lags = 0;
    fc.assert(
      fc.property(options, fc.array(step, { minLength: 20, maxLength: 120 }), (given, steps) => {
        const scenario = new Scenario(given);
        scenario.join({ do: "join", messageStreamId: 1, audio: true, video: true });
        for (const each of steps) scenario.take(each);
        scenario.finish();
        for (const reader of scenario.readers) {
          const last = decode(reader.pieces).at(-1);
          expect(last && readable(last)).toContain(`data${scenario.appended.length - 1}`);
          const runs = countRuns(reader, scenario.appended);
          expect(runs).toBeGreaterThanOrEqual(1);
          expect(runs).toBeLessThanOrEqual(1 + reader.viewer.lagCount);
          lags += reader.viewer.lagCount;
        }
      }),
      { numRuns: 60, seed: 20_260 },
    );
    expect(lags).toBeGreaterThan(0);
  });
});
