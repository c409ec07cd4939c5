import { Random } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { CHUNK_SIZE, decode, keyframe, RTMP, readable } from "./messages.test.helper.ts";
import { PacedPlayback, type PacedPlaybackOptions } from "./paced-playback.ts";
import { TestRecording } from "./recording.test.helper.ts";

const HOUR_MS = 3_600_000;

/** Memory that tells what is done with it. */
class TestMemory {
  taken = 0;
  #bytes: Uint8Array | undefined;

  take(length: number): Uint8Array {
    if (this.#bytes && this.#bytes.length >= length) return this.#bytes;
    this.taken += 1;
    this.#bytes = new Uint8Array(length);
    return this.#bytes;
  }

  giveUp(): void {
    this.#bytes = undefined;
  }
}

/** A player of a recording, in a time of its own. */
class TestPlayer {
  readonly recording: TestRecording;
  readonly playback: PacedPlayback;
  readonly memory = new TestMemory();
  readonly held: number[] = [];
  woken = 0;
  nowMs = 100_000;

  constructor(recording = new TestRecording(), options: Partial<PacedPlaybackOptions> = {}) {
    this.recording = recording;
    this.playback = new PacedPlayback(
      recording,
      {
        messageStreamId: 1,
        framing: RTMP,
        memory: this.memory,
        hold: (bytes) => {
          this.held.push(bytes);
          return { isDropped: true, unpin: () => {} };
        },
        maxAheadMs: HOUR_MS,
        onReady: () => {
          this.woken += 1;
        },
        ...options,
      },
      this.nowMs,
    );
  }

  /** One whose buffer holds everything. */
  static greedy(recording?: TestRecording, options?: Partial<PacedPlaybackOptions>): TestPlayer {
    const player = new TestPlayer(recording, options);
    player.playback.bufferLength(HOUR_MS);
    return player;
  }

  /** What it gets now, until there is no more. */
  take(): string[] {
    const heard: string[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (typeof next === "string") heard.push(next);
      else heard.push(...decode([next]).map(readable));
    }
    return heard;
  }

  pass(ms: number): void {
    this.nowMs += ms;
  }

  seek(positionMs: number): number {
    return this.playback.seek(positionMs, this.nowMs);
  }

  pause(paused: boolean, positionMs: number): void {
    this.playback.pause(paused, this.nowMs, positionMs);
  }

  receive(media: "audio" | "video", enabled: boolean): void {
    this.playback.receive(media, enabled, this.nowMs);
  }

  #next(): Uint8Array | string | undefined {
    const next = this.playback.next(64 * 1024, this.nowMs);
    return typeof next === "object" ? next.slice() : next;
  }
}

/** Headers of a beginning at this time. */
function headersAt(timestamp: number): string[] {
  return [`data ${timestamp} meta`, ...configurationsAt(timestamp)];
}

function configurationsAt(timestamp: number): string[] {
  return [`video ${timestamp} avcC`, `audio ${timestamp} asc`];
}

/** The messages of a recording from one time to another, both included, as they are for a player that counts otherwise. */
function messages(fromMs: number, toMs: number, shiftMs = 0): string[] {
  return new TestRecording().messages
    .filter(({ timestamp }) => timestamp >= fromMs && timestamp <= toMs)
    .map((message) => readable({ ...message, timestamp: message.timestamp + shiftMs }));
}

function timesOf(lines: readonly string[]): number[] {
  return lines.flatMap((line) => line.split(" ")[1] ?? []).map(Number);
}

describe("a paced playback", () => {
  it("begins with headers, and sends one second until the player tells the length of its buffer", () => {
    const player = new TestPlayer();
    expect(player.take()).toEqual([...headersAt(0), ...messages(0, 1000)]);
    player.playback.bufferLength(1500);
    expect(player.take()).toEqual(messages(1500, 2500));
    expect(player.playback.bufferLengthMs).toBe(1500);
  });

  it("goes on with the clock, and says when", () => {
    const player = new TestPlayer();
    player.take();
    // What is due in a quarter of a second is one write.
    expect(player.playback.nextDueMs).toBe(player.nowMs + 500 + 250);
    player.pass(499);
    expect(player.take()).toEqual([]);
    player.pass(1);
    expect(player.take()).toEqual(messages(1500, 1500));
    player.pass(1000);
    expect(player.take()).toEqual(messages(2000, 2500));
  });

  it("sends no further in advance than it may, however long the player's buffer is", () => {
    const player = new TestPlayer(new TestRecording({ durationMs: 10_000 }), { maxAheadMs: 2000 });
    player.playback.bufferLength(36_000_000);
    expect(player.take()).toEqual([...headersAt(0), ...messages(0, 2000)]);
  });

  it("at once sends as far in advance as it may", () => {
    const player = new TestPlayer(undefined, { maxAheadMs: 2000, isAtOnce: true });
    expect(player.take()).toEqual([...headersAt(0), ...messages(0, 2000)]);
  });

  it("does not take a player for further than what that was sent", () => {
    const player = new TestPlayer();
    player.take();
    // For so long its Link took nothing.
    player.pass(60_000);
    expect(player.playback.behindMs(player.nowMs)).toBe(58_500);
    expect(player.take()).toEqual(messages(1500, 2500));
    expect(player.playback.behindMs(player.nowMs)).toBe(0);
  });

  it("tells the end once, with what was played", () => {
    const player = TestPlayer.greedy();
    expect(player.take()).toEqual([...headersAt(0), ...messages(0, 4000), "complete"]);
    expect(player.take()).toEqual([]);
    const bytes = player.recording.messages.reduce((sum, { payload }) => sum + payload.length, 0);
    player.recording.seek(0);
    const headerBytes = player.recording.headers.reduce((sum, { payload }) => sum + payload.length, 0);
    expect(player.playback.played).toEqual({
      durationMs: 4000,
      bytes: bytes + headerBytes,
      endTimestamp: 4000,
    });
    expect(player.playback.nextDueMs).toBe(Number.POSITIVE_INFINITY);
    player.playback.leave();
    expect(player.recording.closed).toBe(1);
  });

  it("waits for what is on its way", () => {
    const recording = new TestRecording();
    recording.available = 0;
    const player = new TestPlayer(recording);
    expect(player.take()).toEqual(headersAt(0));
    expect(player.playback.nextDueMs).toBe(Number.POSITIVE_INFINITY);
    recording.available = 2;
    recording.onReady();
    expect(player.woken).toBe(1);
    expect(player.take()).toEqual(messages(0, 0));
  });

  it("waits at the end of a recording that grows", () => {
    const recording = new TestRecording({ durationMs: 500 });
    recording.isGrowing = true;
    const player = TestPlayer.greedy(recording);
    expect(player.take()).toEqual([...headersAt(0), ...messages(0, 500)]);
    recording.messages.push(keyframe(1000));
    expect(player.take()).toEqual(["video 1000 key"]);
    recording.isGrowing = false;
    expect(player.take()).toEqual(["complete"]);
  });

  it("reads no more than it is asked for", () => {
    const recording = new TestRecording();
    const player = TestPlayer.greedy(recording);
    player.playback.next(1, player.nowMs);
    expect(recording.next()).toEqual(recording.messages[0]);
  });

  it("sends a message that is longer than asked for alone", () => {
    const recording = new TestRecording({ durationMs: 0 });
    recording.messages[0] = keyframe(0, { length: 10 * CHUNK_SIZE });
    const player = TestPlayer.greedy(recording);
    expect(player.take()).toEqual([...headersAt(0), ...messages(0, 0), "complete"]);
    const large = TestPlayer.greedy(recording);
    const lengths: number[] = [];
    for (let next = large.playback.next(100, 0); next !== "complete"; next = large.playback.next(100, 0))
      lengths.push((next as Uint8Array).length);
    expect(Math.max(...lengths)).toBeGreaterThan(10 * CHUNK_SIZE);
  });

  it("is made for the NetStream of its player", () => {
    const player = new TestPlayer(new TestRecording({ durationMs: 0 }), { messageStreamId: 3 });
    expect(player.take()).toContain("video 0 key on 3");
  });

  it("uses its memory again unless that is still needed, and has it counted", () => {
    const player = new TestPlayer(new TestRecording({ durationMs: 20_000 }));
    for (let turn = 0; turn < 10; turn += 1) {
      player.take();
      player.pass(1000);
    }
    expect(player.memory.taken).toBe(1);
    const output = player.playback.next(64 * 1024, player.nowMs) as Uint8Array;
    player.playback.lend();
    player.playback.pin();
    expect(player.held).toEqual([output.length]);
    const bytes = output.slice();
    player.pass(1000);
    player.take();
    expect(output).toEqual(bytes);
    expect(player.memory.taken).toBe(2);
  });
});

describe("start and length", () => {
  it("begin at the keyframe at or before the start, and end so long after the start", () => {
    const player = TestPlayer.greedy(undefined, { startMs: 1700, durationMs: 900 });
    expect(player.take()).toEqual([...headersAt(0), ...messages(1000, 2500, -1000), "complete"]);
    expect(player.playback.played).toMatchObject({ durationMs: 900, endTimestamp: 1600 });
  });

  it.each([1000, 1999])("begin a player at %i where its pictures begin, by the clock", (startMs) => {
    const player = new TestPlayer(undefined, { startMs });
    expect(player.take()).toEqual([...headersAt(0), ...messages(1000, 2000, -1000)]);
    expect(player.seek(1200)).toBe(1000);
    expect(player.take()).toEqual([...configurationsAt(1000), ...messages(2000, 3000, -1000)]);
    player.pause(true, 1500);
    player.pause(false, 1500);
    expect(player.take()).toEqual(messages(3000, 3500, -1000));
  });

  it("of 0 are a single picture", () => {
    const player = new TestPlayer(undefined, { startMs: 2500, durationMs: 0 });
    expect(player.take()).toEqual([...headersAt(0), "video 0 key", "complete"]);
    expect(player.playback.played).toMatchObject({ durationMs: 0 });
  });

  it("of 0 are a single frame of sound where there are no pictures", () => {
    const recording = new TestRecording({ keyframesMs: undefined });
    const player = new TestPlayer(recording, { startMs: 700, durationMs: 0 });
    expect(player.take()).toEqual(["data 0 meta", "audio 0 asc", "audio 0 aac", "complete"]);
  });

  it("in a playlist have times that go on", () => {
    const player = TestPlayer.greedy(undefined, { startMs: 3000, continuesAtMs: 10_000 });
    expect(player.take()).toEqual([
      ...headersAt(10_000),
      "video 10000 key",
      "audio 10000 aac",
      "video 10500 inter",
      "audio 10500 aac",
      "video 11000 key",
      "audio 11000 aac",
      "complete",
    ]);
    expect(player.playback.played).toMatchObject({ endTimestamp: 11_000 });
    expect(player.seek(10_200)).toBe(10_000);
  });
});

describe("seek", () => {
  it("goes on from the keyframe at or before, with configurations and without metadata", () => {
    const player = new TestPlayer();
    player.take();
    expect(player.seek(3700)).toBe(3000);
    expect(player.take()).toEqual([...configurationsAt(3000), ...messages(3000, 4000), "complete"]);
    expect(player.seek(0)).toBe(0);
    expect(player.take()).toEqual([...configurationsAt(0), ...messages(0, 1000)]);
    player.pass(500);
    expect(player.take()).toEqual(messages(1500, 1500));
  });

  it("past the end goes to the last keyframe", () => {
    const player = new TestPlayer();
    expect(player.seek(HOUR_MS)).toBe(4000);
  });

  it("while paused shows one picture, and nothing more until the pause ends", () => {
    const player = new TestPlayer();
    player.take();
    player.pause(true, 800);
    expect(player.seek(3700)).toBe(3000);
    expect(player.take()).toEqual([...configurationsAt(3000), "video 3000 key"]);
    player.pass(10_000);
    expect(player.take()).toEqual([]);
    expect(player.playback.nextDueMs).toBe(Number.POSITIVE_INFINITY);
    player.pause(false, 3000);
    expect(player.take()).toEqual([...messages(3000, 4000).slice(1), "complete"]);
  });
});

describe("a thousand requests in any order", () => {
  it("lead to a keyframe and its configurations after each seek, and to no message too early or out of order", () => {
    const random = new Random(1);
    const player = new TestPlayer(new TestRecording({ durationMs: 60_000 }), { maxAheadMs: 5000 });
    let [isPaused, lastMs] = [false, 0];
    for (let i = 0; i < 1000; i += 1) {
      if (random.below(3) === 0) {
        isPaused = !isPaused;
        player.pause(isPaused, lastMs);
      }
      player.playback.bufferLength(random.below(8000));
      player.pass(random.below(2000));
      const times = timesOf(player.take());
      expect(times.every((timeMs, place) => timeMs >= (times[place - 1] ?? 0))).toBe(true);
      if (isPaused) expect(times).toEqual([]);
      const wantedMs = random.below(60_000);
      const position = player.seek(wantedMs);
      expect(position).toBe(1000 * Math.floor(wantedMs / 1000));
      const first = player.take();
      expect(first.slice(0, 3)).toEqual([...configurationsAt(position), `video ${position} key`]);
      if (isPaused) expect(first).toHaveLength(3);
      expect(Math.max(...timesOf(first))).toBeLessThanOrEqual(position + 5000);
      lastMs = position;
    }
  });
});

describe("pause", () => {
  it("goes on from where the player has got to, and not from where the server has", () => {
    const player = new TestPlayer();
    player.playback.bufferLength(2000);
    expect(player.take()).toEqual([...headersAt(0), ...messages(0, 3000)]);
    player.pass(1600);
    player.pause(true, 1600);
    expect(player.take()).toEqual([]);
    player.pass(60_000);
    expect(player.take()).toEqual([]);
    player.pause(false, 1600);
    expect(player.take()).toEqual([...messages(2000, 4000), "complete"]);
  });

  it("goes on behind what was sent if the player has all of that", () => {
    const player = new TestPlayer();
    player.take();
    player.pause(true, 1000);
    player.pass(60_000);
    player.pause(false, 1000);
    expect(player.take()).toEqual(messages(1500, 2000));
    player.pause(true, 99_000);
    player.pause(false, 99_000);
    expect(player.take()).toEqual(messages(2500, 3000));
  });

  it("begins anew for a player that has shown nothing yet", () => {
    const player = new TestPlayer();
    player.take();
    player.pause(true, 0);
    player.pause(false, 0);
    expect(player.take()).toEqual([...configurationsAt(0), ...messages(0, 1000)]);
  });

  it("behind the end sends again what the player does not have", () => {
    const player = TestPlayer.greedy();
    player.take();
    player.pause(true, 3500);
    player.pause(false, 3500);
    expect(player.take()).toEqual([...messages(4000, 4000), "complete"]);
  });

  it("that is told twice is one", () => {
    const player = new TestPlayer();
    player.take();
    player.pause(false, 0);
    expect(player.take()).toEqual([]);
    player.pause(true, 1000);
    player.pause(true, 0);
    player.pause(false, 1000);
    expect(player.take()).toEqual(messages(1500, 2000));
  });
});

describe("receiveAudio and receiveVideo", () => {
  it("leave out frames and no configurations", () => {
    const player = TestPlayer.greedy(new TestRecording({ durationMs: 500 }));
    player.receive("audio", false);
    expect(player.take()).toEqual([...headersAt(0), "video 0 key", "video 500 inter", "complete"]);
  });

  it("have video again from the keyframe before the player's place on", () => {
    const player = new TestPlayer();
    player.receive("video", false);
    const audio = messages(0, 1000).filter((each) => each.startsWith("audio"));
    expect(player.take()).toEqual([...headersAt(0), ...audio]);
    player.pass(1200);
    player.take();
    player.receive("video", true);
    expect(player.take()).toEqual([...configurationsAt(1000), ...messages(1000, 2000)]);
  });

  it("go by the clock also where nothing is wanted", () => {
    const player = new TestPlayer();
    player.receive("video", false);
    player.receive("audio", false);
    expect(player.take()).toEqual(headersAt(0));
    player.pass(1000);
    expect(player.take()).toEqual([]);
    player.pass(1000);
    player.take();
    player.pass(1000);
    expect(player.take()).toEqual(["complete"]);
  });
});

describe("a switch to another recording", () => {
  const other = () => new TestRecording({ name: "B", durationMs: 6000 });

  it("comes at its first keyframe behind what was sent", () => {
    const player = new TestPlayer();
    player.take();
    const next = other();
    expect(player.playback.switchTo(next, undefined, player.nowMs)).toBe(true);
    player.pass(1000);
    expect(player.take()).toEqual([
      ...messages(1500, 1500),
      "data 2000 metaB",
      "video 2000 avcCB",
      "audio 2000 ascB",
      "video 2000 keyB",
      "switched",
      "audio 2000 aacB",
    ]);
    expect(player.playback.switchTimestamp).toBe(2000);
    expect([player.recording.closed, next.closed]).toEqual([1, 0]);
    player.pass(500);
    expect(player.take()).toEqual(["video 2500 interB", "audio 2500 aacB"]);
  });

  it("that is fast replaces what the player shows in three seconds", () => {
    const player = TestPlayer.greedy(new TestRecording({ durationMs: 20_000 }));
    player.take();
    const next = new TestRecording({ name: "B", durationMs: 20_000 });
    expect(player.playback.switchTo(next, "fast", player.nowMs)).toBe(true);
    expect(player.take().slice(0, 5)).toEqual([
      "data 3000 metaB",
      "video 3000 avcCB",
      "audio 3000 ascB",
      "video 3000 keyB",
      "switched",
    ]);
  });

  it("may be for a position", () => {
    const player = TestPlayer.greedy();
    expect(player.playback.switchTo(other(), 2500, player.nowMs)).toBe(true);
    expect(player.take()).toEqual([
      ...headersAt(0),
      ...messages(0, 2500),
      "data 3000 metaB",
      "video 3000 avcCB",
      "audio 3000 ascB",
      "video 3000 keyB",
      "switched",
      ...other()
        .messages.filter(({ timestamp }) => timestamp >= 3000)
        .map(readable)
        .slice(1),
      "complete",
    ]);
  });

  it("cannot be behind the last keyframe", () => {
    const player = TestPlayer.greedy();
    player.take();
    expect(player.playback.switchTo(new TestRecording({ name: "B" }), undefined, player.nowMs)).toBe(false);
  });

  it("is done at once by a seek, and given up with the playback", () => {
    const player = new TestPlayer();
    player.take();
    player.playback.switchTo(other(), undefined, player.nowMs);
    player.seek(5200);
    expect(player.take().slice(0, 4)).toEqual([
      "video 5000 avcCB",
      "audio 5000 ascB",
      "video 5000 keyB",
      "switched",
    ]);
    const next = new TestRecording({ name: "C", durationMs: 20_000 });
    expect(player.playback.switchTo(next, undefined, player.nowMs)).toBe(true);
    player.playback.leave();
    expect(next.closed).toBe(1);
  });
});
