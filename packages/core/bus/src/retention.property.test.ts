import type { Message } from "@headgate/message";
import fc, { type Arbitrary } from "fast-check";
import { describe, expect, it } from "vitest";
import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS } from "./application-options.ts";
import { LivePlayback } from "./live-playback.ts";
import { LogBudget } from "./log-budget.ts";
import { MessageCursor } from "./message-cursor.ts";
import {
  audioConfig,
  audioFrame,
  CAM,
  data,
  FLV,
  interFrame,
  keyframe,
  RTMP,
  readable,
  videoConfig,
} from "./messages.test.helper.ts";
import type { Pinned } from "./pinned.ts";
import type { Entry } from "./segment.ts";
import { Stream } from "./stream.ts";
import type { LogReader, StreamLog } from "./stream-log.ts";

/** Holds on to all that a log's retention allows, whoever reads it. */
const HOARDER: LogReader = { neededFrom: 0 };

/** A read returns one entry, however the log is cut into segments. */
const ONE_ENTRY = 1;

type Kind = "key" | "inter" | "audio" | "videoConfig" | "audioConfig" | "data";

type ReaderStep = { readonly reader: number } & (
  | { readonly do: "read"; readonly entries: number; readonly pinned: boolean }
  | { readonly do: "pause"; readonly paused: boolean }
  | { readonly do: "receive"; readonly media: "audio" | "video"; readonly enabled: boolean }
  | { readonly do: "leave" }
);

type Step =
  | { readonly do: "append"; readonly kind: Kind; readonly length: number; readonly count: number }
  | { readonly do: "join"; readonly as: "chunks" | "tags" | "messages"; readonly durationMs?: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "publish" | "unpublish" | "endResume" }
  | ReaderStep;

const reader = fc.nat(5);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("append"),
      kind: fc.constantFrom<Kind>("key", "inter", "inter", "audio", "videoConfig", "audioConfig", "data"),
      length: fc.nat(30_000),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        do: fc.constant("join"),
        as: fc.constantFrom("chunks", "chunks", "tags", "messages"),
        durationMs: fc.nat(500),
      },
      { requiredKeys: ["do", "as"] },
    ),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("read"),
      reader,
      entries: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(1000)),
      pinned: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pause"), reader, paused: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("receive"),
      reader,
      media: fc.constantFrom("audio", "video"),
      enabled: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave"), reader }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("publish", "unpublish", "endResume") }) },
) as Arbitrary<Step>;

const options: Arbitrary<Partial<ApplicationOptions>> = fc.record({
  retentionBytes: fc.constantFrom(256 * 1024, 24 * 1024 * 1024),
  gopCacheMs: fc.constantFrom(0, 100, 12_000),
  keyframeWaitMs: fc.constantFrom(0, 300, 1e9),
  resumeWindowMs: fc.constantFrom(0, 1000),
  lagPolicy: fc.constantFrom("jump", "drop"),
});

/** Bytes that a reader was given, and what they were then. */
interface Given {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A reader and all that it has read: bytes as text, notices and messages in words. */
class TestReader {
  readonly playback: LivePlayback | MessageCursor;
  readonly story: string[] = [];
  readonly given: Given[] = [];
  #pinned: Pinned | undefined;

  constructor(playback: LivePlayback | MessageCursor) {
    this.playback = playback;
  }

  read(entries: number, pinned: boolean, nowMs: number): void {
    for (let i = 0; i < entries; i++) {
      const next =
        this.playback instanceof MessageCursor
          ? this.playback.next(nowMs)
          : this.playback.next(ONE_ENTRY, nowMs);
      if (next === undefined) return;
      if (typeof next === "string") this.story.push(next);
      else if (next instanceof Uint8Array) this.#take(this.playback as LivePlayback, next, pinned);
      else this.#hear(next);
    }
  }

  #hear({ message, arrivedMs, isHeader, isSync }: Entry): void {
    this.story.push(`${readable(message)} at ${arrivedMs} ${isHeader} ${isSync}`);
    this.given.push({ bytes: message.payload, text: textOf(message.payload) });
  }

  /** What was written last is on its way until the next write, or until it leaves. */
  #take(playback: LivePlayback, bytes: Uint8Array, pinned: boolean): void {
    playback.lend();
    const text = textOf(bytes);
    this.story.push(text);
    this.given.push({ bytes, text });
    this.#pinned?.unpin();
    this.#pinned = pinned ? playback.pin() : undefined;
  }

  leave(): void {
    this.#pinned?.unpin();
    this.#pinned = undefined;
    this.playback.leave();
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** A stream with readers that does as the steps say, beside one that nobody reads. */
class Scenario {
  readonly stream: Stream;
  readonly #unread;
  readonly readers: TestReader[] = [];
  readonly #keepsAll: boolean;
  #publisher;
  #nowMs = 0;
  #appended = 0;

  constructor(given: Partial<ApplicationOptions>, keepsAll: boolean) {
    const budget = new LogBudget(2 ** 30);
    const all = { ...DEFAULT_APPLICATION_OPTIONS, ...given };
    this.stream = new Stream(CAM, all, RTMP, budget);
    this.#unread = new Stream(CAM, all, RTMP, budget).publish();
    this.#keepsAll = keepsAll;
    this.#hoard(this.stream.log());
    this.#publisher = this.stream.publish();
    this.#append("videoConfig", 0);
  }

  take(each: Step): void {
    if ("reader" in each) return this.#act(each, this.readers[each.reader]);
    if (each.do === "append") for (let i = 0; i < each.count; i++) this.#append(each.kind, each.length);
    else if (each.do === "join") this.readers.push(new TestReader(this.#join(each)));
    else if (each.do === "wait") this.#nowMs += each.ms;
    else if (each.do === "publish") this.#publisher = this.stream.publish();
    else if (each.do === "unpublish") this.#publisher.end(this.#nowMs);
    else this.stream.endResume();
  }

  /** Lets all readers read to the end. */
  finish(): void {
    this.#publisher = this.stream.publish();
    for (const kind of ["inter", "key", "audio", "inter"] as const) this.#append(kind, 100);
    for (const each of this.readers) {
      if (each.playback instanceof LivePlayback) each.playback.pause(false, this.#nowMs);
      each.read(Number.POSITIVE_INFINITY, false, this.#nowMs);
    }
  }

  #act(each: ReaderStep, reader: TestReader | undefined): void {
    if (!reader) return;
    const { playback } = reader;
    if (each.do === "read") reader.read(each.entries, each.pinned, this.#nowMs);
    if (each.do === "leave") reader.leave();
    if (playback instanceof MessageCursor) return;
    if (each.do === "pause") playback.pause(each.paused, this.#nowMs);
    if (each.do === "receive") playback.receive(each.media, each.enabled, this.#nowMs);
  }

  #join({ as, durationMs }: Extract<Step, { do: "join" }>): LivePlayback | MessageCursor {
    if (as === "messages") return new MessageCursor(this.stream, this.#nowMs);
    if (as === "chunks")
      return new LivePlayback(this.stream, { messageStreamId: 1, durationMs }, this.#nowMs);
    const playback = new LivePlayback(
      this.stream,
      { messageStreamId: 1, durationMs, framing: FLV },
      this.#nowMs,
    );
    const log = this.stream.log(FLV);
    this.#hoard(log);
    this.stream.leaveLog(log);
    return playback;
  }

  #hoard(log: StreamLog): void {
    if (this.#keepsAll) log.join(HOARDER);
  }

  #append(kind: Kind, length: number): void {
    const mark = `${kind}${this.#appended}`;
    this.#appended += 1;
    const timestamp = this.#nowMs;
    const makers: Record<Kind, () => Message> = {
      key: () => keyframe(timestamp, { mark, length }),
      inter: () => interFrame(timestamp, { mark, length }),
      audio: () => audioFrame(timestamp, { mark, length }),
      videoConfig: () => videoConfig(mark, timestamp),
      audioConfig: () => audioConfig(mark, timestamp),
      data: () => data(mark, timestamp),
    };
    const message = makers[kind]();
    if (kind === "data") this.#publisher.data(message, "onMetaData", this.#nowMs);
    else this.#publisher.media(message, this.#nowMs);
    this.#unread.media(keyframe(timestamp, { mark: "unread", length: 20_000 }), this.#nowMs);
    this.#nowMs += 7;
  }
}

describe("a log that drops what no reader needs", () => {
  it("gives every reader what it would give if it kept all that its retention allows, for good", () => {
    let spared = 0;
    let lags = 0;
    fc.assert(
      fc.property(options, fc.array(step, { minLength: 20, maxLength: 150 }), (given, steps) => {
        const [lean, full] = [new Scenario(given, false), new Scenario(given, true)];
        for (const scenario of [lean, full]) {
          for (const each of steps) scenario.take(each);
          scenario.finish();
        }
        for (const [index, { playback, story }] of lean.readers.entries()) {
          const other = full.readers[index]!;
          lags += playback.lagCount;
          for (const { bytes, text } of lean.readers[index]!.given) expect(textOf(bytes) === text).toBe(true);
          if (playback.lagCount + other.playback.lagCount === 0) expect(story).toEqual(other.story);
        }
        spared += full.stream.log().bytes - lean.stream.log().bytes;
      }),
      { numRuns: 300, seed: 1130 },
    );
    expect(spared).toBeGreaterThan(0);
    expect(lags).toBeGreaterThan(0);
  });
});
