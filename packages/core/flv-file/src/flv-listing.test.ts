import { encodeAmf0Values } from "@headgate/amf";
import { encodeFlvTag } from "@headgate/flv";
import type { Message } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import {
  AAC_HEADER,
  AVC_HEADER,
  areEqual,
  data,
  fileOf,
  inter,
  keyframe,
  messagesOf,
  opened,
  stream,
  video,
} from "./file.test.helper.ts";
import { FlvListing, type FlvPlace } from "./flv-listing.ts";
import { FlvWalk } from "./flv-walk.ts";
import { MAX_READ_BYTES } from "./limits.ts";

interface Told {
  readonly times: unknown;
  readonly filepositions: unknown;
}

/** A file that lists its keyframes as FFmpeg does, as far as `change` leaves it. */
function listedFile(
  messages: readonly Message[],
  change: (
    told: { times: number[]; filepositions: number[] },
    duration: number,
  ) => Told & { duration?: unknown } = (told) => told,
): Uint8Array {
  const plain = fileOf(messages);
  const { index } = opened(plain);
  const entries = Array.from({ length: index.keyframes.count }, (_, point) => index.keyframes.entry(point));
  const withList = (shift: number): Uint8Array => {
    const told = {
      times: entries.map((entry) => index.fileTimestampMs(entry) / 1000),
      filepositions: entries.map((entry) => index.tagPosition(entry) + shift),
    };
    const {
      duration = index.durationMs / 1000,
      times,
      filepositions,
    } = change(told, index.durationMs / 1000);
    const keyframes = { times, filepositions };
    return fileOf([data(0, encodeAmf0Values(["onMetaData", { duration, keyframes } as never])), ...messages]);
  };
  const shift = withList(0).length - plain.length;
  return withList(shift);
}

function listingOf(file: Uint8Array): FlvListing | undefined {
  return FlvListing.read(file.subarray(0, MAX_READ_BYTES), file.length);
}

const isRight = (listing: FlvListing, file: Uint8Array, place: FlvPlace): boolean =>
  listing.isRight(place, file.subarray(place.position, place.position + 1024));

/** All messages from a place on. */
function walked(file: Uint8Array, listing: FlvListing, place: FlvPlace): Message[] {
  const walk = new FlvWalk(place, file.length);
  const messages: Message[] = [];
  for (let wants = walk.wants; wants; wants = walk.wants) {
    const tag = walk.take(file.subarray(wants.position, wants.position + wants.length));
    if (!tag) continue;
    const payload = file.subarray(tag.position, tag.position + tag.length);
    messages.push({ type: tag.type, timestamp: tag.timestamp, messageStreamId: 0, payload });
  }
  expect(listing.durationMs).toBeGreaterThan(0);
  return messages;
}

/** Long enough that the first block has a part of it. */
function longStream(startMs = 0): Message[] {
  const long = (message: Message): Message => {
    const payload = new Uint8Array(9_000).fill(1);
    payload.set(message.payload);
    return { ...message, payload };
  };
  return stream(20, startMs).map((message) =>
    message.type === 9 && message.payload[1] === 1 ? long(message) : message,
  );
}

describe("a file that lists its keyframes", () => {
  test.each([
    ["from 0 on", 0],
    ["from another time on", 7_000],
    ["over the end of all timestamps", 0xffff_ffff - 5_000],
  ])("is played %s from every place as one that was read", (_, startMs) => {
    const file = listedFile(longStream(startMs));
    const { index } = opened(file);
    const listing = listingOf(file);
    if (startMs > 0x8000_0000) return expect(listing).toBeUndefined();
    expect(file.length).toBeGreaterThan(3 * MAX_READ_BYTES);
    expect(listing!.durationMs).toBe(index.durationMs);
    const whole = messagesOf(index, file);
    for (const positionMs of [0, 500, 1_000, 3_999, 10_000, 19_000, 19_990, 99_000]) {
      const place = listing!.placeFor(positionMs);
      const entry = index.atOrBefore(positionMs);
      expect([place.timeMs, place.position]).toEqual([index.timestampMs(entry), index.tagPosition(entry)]);
      if (place.isListed) expect(isRight(listing!, file, place)).toBe(true);
      const rest = walked(file, listing!, place);
      expect(rest.map(({ type, timestamp }) => [type, timestamp])).toEqual(
        whole.slice(entry).map(({ type, timestamp }) => [type, timestamp]),
      );
      const differing = rest.filter(({ payload }, at) => !areEqual(payload, whole[entry + at]!.payload));
      expect(differing).toEqual([]);
      const [metadata, ...headers] = listing!.headers(place);
      expect(metadata).toEqual(index.headers(entry)[0]);
      expect(headers.map(({ payload }) => payload)).toEqual([AVC_HEADER, AAC_HEADER]);
    }
    return undefined;
  });

  test("has samples from its beginning to its end, which are right", () => {
    const file = listedFile(longStream());
    const listing = listingOf(file)!;
    const times = listing.samples.map(({ timeMs }) => timeMs);
    expect([times[0], times.at(-1)]).toEqual([0, 19_000]);
    expect(listing.samples.every((place) => isRight(listing, file, place))).toBe(true);
  });

  test("has a duration that counts from the first frame or from 0", () => {
    const absolute = listedFile(longStream(7_000), (told, duration) => ({ ...told, duration: duration + 7 }));
    expect(listingOf(absolute)!.durationMs).toBe(20_000);
  });

  test.each([
    ["from 0, whatever its timestamps are", -7],
    ["by another clock", 100],
  ])("may count %s", (_, seconds) => {
    const messages = longStream(7_000);
    const listing = listingOf(
      listedFile(messages, ({ times, filepositions }) => ({
        times: times.map((time) => time + seconds),
        filepositions,
        duration: 20,
      })),
    )!;
    const right = listingOf(listedFile(messages))!;
    expect(listing.samples).toEqual(right.samples);
    expect(listing.durationMs).toBe(right.durationMs);
  });

  test("is played as far as it is there", () => {
    const file = listedFile(longStream());
    const listing = listingOf(file)!;
    const cut = file.subarray(0, file.length - 5);
    const place = listing.placeFor(19_000);
    expect(walked(cut, listing, place).length).toBe(walked(file, listing, place).length - 1);
  });

  test("ends where nothing but other tags is", () => {
    const file = listedFile(longStream());
    const listing = listingOf(file)!;
    const other = encodeFlvTag({ type: 7, timestamp: 0, payload: new Uint8Array(1) });
    const junk = Buffer.concat([file, ...Array.from({ length: 3_000 }, () => other)]);
    const walk = new FlvWalk({ ...listing.placeFor(0), position: file.length }, junk.length);
    let steps = 0;
    for (let wants = walk.wants; wants; wants = walk.wants, steps += 1)
      expect(walk.take(junk.subarray(wants.position, wants.position + wants.length))).toBeUndefined();
    expect(steps).toBeLessThan(1_100);
  });
});

describe("a list is not believed", () => {
  const lists: Readonly<Record<string, Parameters<typeof listedFile>[1]>> = {
    "that is missing": () => ({ times: undefined, filepositions: undefined }),
    "of nothing": () => ({ times: [], filepositions: [] }),
    "with more times than positions": ({ times, filepositions }) => ({
      times: [...times, 20],
      filepositions,
    }),
    "of other values": ({ times, filepositions }) => ({ times: times.map(String), filepositions }),
    "with positions beyond the file": ({ times, filepositions }) => ({
      times,
      filepositions: filepositions.map((position) => position * 1e6),
    }),
    "with positions between bytes": ({ times, filepositions }) => ({
      times,
      filepositions: filepositions.map((position) => position + 0.5),
    }),
    "that goes back in the file": ({ times, filepositions }) => ({
      times,
      filepositions: filepositions.toReversed(),
    }),
    "that goes back in time": ({ times, filepositions }) => ({ times: times.toReversed(), filepositions }),
    "with infinite times": ({ times, filepositions }) => ({
      times: times.map(() => Number.POSITIVE_INFINITY),
      filepositions,
    }),
    "with no numbers": ({ times, filepositions }) => ({
      times,
      filepositions: filepositions.map(() => Number.NaN),
    }),
    "below 0": ({ times, filepositions }) => ({ times: times.map((time) => time - 100), filepositions }),
    "with a hole": ({ times, filepositions }) => ({
      times: times.map((time, at) => (at > 5 ? time + 60 : time)),
      filepositions,
    }),
    "that ends long before the file": (told) => ({ ...told, duration: 3_600 }),
    "that goes beyond the end": (told) => ({ ...told, duration: 5 }),
    "without a duration": (told) => ({ ...told, duration: "20" }),
  };

  test.each(Object.keys(lists))("%s", (name) => {
    expect(listingOf(listedFile(longStream(), lists[name]!))).toBeUndefined();
  });

  test("at a place where there is no keyframe of this time", () => {
    const late = listedFile(longStream(), ({ times, filepositions }) => ({
      times: times.map((time, at) => (at > 0 ? time + 0.5 : time)),
      filepositions,
    }));
    const aside = listedFile(longStream(), ({ times, filepositions }) => ({
      times,
      filepositions: filepositions.map((position, at) => (at > 0 ? position + 4 : position)),
    }));
    for (const file of [late, aside]) {
      const listing = listingOf(file)!;
      expect(isRight(listing, file, listing.placeFor(15_600))).toBe(false);
      expect(listing.samples.every((place) => isRight(listing, file, place))).toBe(false);
    }
    const listing = listingOf(listedFile(longStream()))!;
    const place = listing.placeFor(15_000);
    const tag = (message: Message): Uint8Array => encodeFlvTag(message);
    expect(listing.isRight(place, tag(keyframe(15_000)))).toBe(true);
    expect(listing.isRight(place, tag(inter(15_000)))).toBe(false);
    expect(listing.isRight(place, tag(video(15_000, AVC_HEADER)))).toBe(false);
    // Another codec needs another configuration.
    expect(listing.isRight(place, tag(video(15_000, Uint8Array.of(0x12, 0, 0, 0))))).toBe(false);
    expect(listing.isRight(place, new Uint8Array(0))).toBe(false);
  });

  test("of a file without pictures, or that is none", () => {
    expect(listingOf(new Uint8Array(0))).toBeUndefined();
    expect(listingOf(new Random(3).bytes(5_000))).toBeUndefined();
    expect(listingOf(fileOf(stream(3)))).toBeUndefined();
  });
});
