import { Writable } from "node:stream";
import { NO_FAULTS } from "@headgate/testkit";
import type { FastifyReply, FastifyRequest } from "fastify";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerView } from "../server-view.ts";
import { Followers, MAX_UNREAD_BYTES } from "./followers.ts";
import type { QualityReply } from "./quality-reply.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const FOLLOWED = { kind: "stream", id: "live/cam" } as const;

/** A reader, and a stream of which another second is over each time that it is asked for. */
function begin(takes: boolean) {
  let seq = 0;
  let isOver = false;
  const asked: unknown[] = [];
  const next = (): QualityReply => {
    seq += 1;
    const values = new Array(Math.min(seq, 5)).fill(1);
    const columns = {
      bitrate_kbps: values,
      fps: values,
      drops: values,
      rtt_ms: values,
      lag_ms: values,
      buffer_ms: values,
    };
    return { id: "live/cam", interval_ms: 1_000, seq, time: 1_000 * seq, ...columns };
  };
  const quality: ServerView["quality"] = async (...args) => {
    asked.push(args);
    return isOver ? undefined : next();
  };
  let text = "";
  const raw = Object.assign(
    new Writable({
      write: (chunk, _, done) => {
        text += chunk;
        if (takes) done();
      },
    }),
    { writeHead: () => {} },
  );
  const reply = { raw, hijack: () => {} } as unknown as FastifyReply;
  const followers = new Followers({ quality } as ServerView, NO_FAULTS);
  followers.add({ ip: "192.0.2.1" } as FastifyRequest, reply, FOLLOWED, next());
  const end = (): void => {
    isOver = true;
  };
  return {
    followers,
    raw,
    asked,
    end,
    seen: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
  };
}

test("each second is told once, and nothing is asked for when nobody follows", async () => {
  const { followers, raw, asked, end, seen } = begin(true);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(seen()).toEqual([1, 2, 3, 4, 5]);
  expect(asked).toEqual(new Array(4).fill([FOLLOWED, 5]));
  end();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([raw.writableEnded, followers.size]).toEqual([true, 0]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(5);
});

test("a follower that does not read is cut off", async () => {
  const { followers, raw } = begin(false);
  for (let second = 0; second < 1_000 && !raw.destroyed; second += 1) {
    expect(raw.writableLength).toBeLessThanOrEqual(MAX_UNREAD_BYTES);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect([raw.destroyed, followers.size]).toEqual([true, 0]);
});
