import type { Packet, Recording } from "./recording.ts";

/** The part of the output that follows the reference packet for packet, with one distance in time for all streams. */
export interface Run {
  /** Output time minus reference time. */
  readonly offsetMs: number;
  /** Per stream, where it begins in the reference and how many packets it has. */
  readonly parts: ReadonlyMap<string, RunPart>;
}

interface RunPart {
  readonly from: number;
  readonly length: number;
}

export interface RunOptions {
  /** Where it has to begin, the other streams at the same place: at some keyframe, or at the first there is. */
  readonly from: "keyframe" | "start";
}

export interface WholeOptions extends RunOptions {
  /** How many of the last packets of all streams together may be missing; 0 unless said otherwise. */
  readonly mayMissAtEnd?: number;
}

/**
 * Says in which way `output` is not a whole piece of `reference`: per stream the same packets in the same order from where
 * the viewer joined on, none lost, none twice, all moved by one distance in time, with the same decoder configurations.
 * undefined: it is whole.
 */
export function whyNotWhole(
  reference: Recording,
  output: Recording,
  options: WholeOptions,
): string | undefined {
  const headers = whyHeadersDiffer(reference, output);
  if (headers) return headers;
  const run = findRun(reference, output, options);
  if (typeof run === "string") return run;
  const [expected, actual] = [byStream(reference), byStream(output)];
  const missing = new Map<string, number>();
  for (const [stream, part] of run.parts) {
    const [before, after] = [expected.get(stream) ?? [], actual.get(stream) ?? []];
    if (part.length < after.length) return describeDifference(before, after, part, run.offsetMs);
    missing.set(stream, before.length - part.from - part.length);
  }
  const isWhole = sum(missing.values()) <= (options.mayMissAtEnd ?? 0);
  return isWhole
    ? undefined
    : `the last packets are missing: ${[...missing].map((pair) => pair.join(" ")).join(", ")}`;
}

/** Fails, with everything there is to say, unless `output` is whole. */
export function expectWhole(
  reference: Recording,
  output: Recording,
  options: WholeOptions & { readonly context: string },
): void {
  const problem = whyNotWhole(reference, output, options);
  if (problem) throw new Error(`${problem}\n\n${options.context}`);
}

/** The longest run at the beginning of the output, or why there is none. */
export function findRun(reference: Recording, output: Recording, options: RunOptions): Run | string {
  const [expected, actual] = [byStream(reference), byStream(output)];
  const absent = [...expected.keys()].filter((stream) => !actual.has(stream));
  const added = [...actual.keys()].filter((stream) => !expected.has(stream));
  if (absent.length > 0) return `no packets at all of ${absent.join(", ")}`;
  if (added.length > 0) return `packets of ${added.join(", ")}, which was never published`;
  const anchor = anchorOf(expected);
  const first = actual.get(anchor)?.[0] as Packet;
  const candidates = (expected.get(anchor) ?? []).filter(({ hash }) => hash === first.hash);
  const runs = candidates.map((packet) => {
    const joined = { index: reference.packets.indexOf(packet), anchor, offsetMs: first.dts - packet.dts };
    return runFrom(reference, expected, actual, joined, options);
  });
  const found = runs.filter((run): run is Run => typeof run !== "string");
  if (found.length > 0) return found.reduce((best, run) => (lengthOf(run) > lengthOf(best) ? run : best));
  const [reason] = runs.filter((run): run is string => typeof run === "string");
  return reason ?? `${anchor}: the first packet was never published: ${show(first)}`;
}

/** What the output holds beyond the run. */
export function afterRun(output: Recording, run: Run): Recording {
  const left = new Map([...run.parts].map(([stream, { length }]) => [stream, length]));
  const packets = output.packets.filter(({ stream }) => {
    const skip = left.get(stream) ?? 0;
    left.set(stream, skip - 1);
    return skip <= 0;
  });
  return { packets, headers: output.headers };
}

/** The whole output as runs, each from a keyframe on; fails if a packet belongs to none. */
export function splitIntoRuns(reference: Recording, output: Recording): Run[] {
  const runs: Run[] = [];
  for (let rest = output; rest.packets.length > 0; ) {
    const run = findRun(reference, rest, { from: "keyframe" });
    if (typeof run === "string") throw new Error(`after ${runs.length} whole pieces: ${run}`);
    runs.push(run);
    rest = afterRun(rest, run);
  }
  return runs;
}

interface JoinPoint {
  /** The packet in the whole reference, and its stream. */
  readonly index: number;
  readonly anchor: string;
  readonly offsetMs: number;
}

type Streams = ReadonlyMap<string, readonly Packet[]>;

function runFrom(
  reference: Recording,
  expected: Streams,
  actual: Streams,
  { index, anchor, offsetMs }: JoinPoint,
  options: RunOptions,
): Run | string {
  const before = byStream({ ...reference, packets: reference.packets.slice(0, index) });
  const anchored = reference.packets[index] as Packet;
  const missed = before.get(anchor) ?? [];
  if (!anchored.isKeyframe) return `${anchor}: does not begin with a keyframe: ${show(anchored)}`;
  if (options.from === "start" && missed.some(({ isKeyframe }) => isKeyframe)) {
    return `${anchor}: ${missed.length} packets are missing at the beginning`;
  }
  const parts = new Map<string, RunPart>();
  for (const [stream, packets] of actual) {
    const published = expected.get(stream) ?? [];
    const from = published.findIndex((packet) => isSame(packet, packets[0] as Packet, offsetMs));
    if (from < 0) return whyNotAligned(published, packets[0] as Packet, anchor, offsetMs);
    const late = from - (before.get(stream)?.length ?? 0);
    if (late > 0) return `${stream}: ${late} packets are missing at the beginning`;
    let length = 0;
    while (length < packets.length) {
      const packet = published[from + length];
      if (!packet || !isSame(packet, packets[length] as Packet, offsetMs)) break;
      length += 1;
    }
    parts.set(stream, { from, length });
  }
  return { offsetMs, parts };
}

/** The stream that says where a viewer joined: the one that has more than keyframes, if any. */
function anchorOf(streams: Streams): string {
  const [first = ""] = streams.keys();
  for (const [stream, packets] of streams) if (packets.some((packet) => !packet.isKeyframe)) return stream;
  return first;
}

function byStream({ packets }: Recording): Streams {
  const streams = new Map<string, Packet[]>();
  for (const packet of packets) {
    const stream = streams.get(packet.stream);
    if (stream) stream.push(packet);
    else streams.set(packet.stream, [packet]);
  }
  return streams;
}

function isSame(published: Packet, got: Packet, offsetMs: number): boolean {
  return (
    published.hash === got.hash &&
    published.dts + offsetMs === got.dts &&
    published.pts + offsetMs === got.pts
  );
}

function lengthOf(run: Run): number {
  return sum([...run.parts.values()].map(({ length }) => length));
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}

function whyHeadersDiffer(reference: Recording, output: Recording): string | undefined {
  const list = ({ headers }: Recording): string[] =>
    [...headers].map(([stream, hashes]) => `${stream}: ${[...hashes].sort().join(" ")}`).sort();
  const [published, got] = [list(reference), list(output)];
  if (published.join() === got.join()) return undefined;
  return `decoder configurations differ\n  published ${published.join(", ")}\n  got       ${got.join(", ")}`;
}

function whyNotAligned(
  published: readonly Packet[],
  first: Packet,
  anchor: string,
  offsetMs: number,
): string {
  const alike = published.find(({ hash }) => hash === first.hash);
  if (!alike) return `${first.stream}: the first packet was never published: ${show(first)}`;
  const shift = first.dts - alike.dts - offsetMs;
  return `${first.stream}: shifted by ${shift} ms against ${anchor}, beginning with ${show(first)}`;
}

/** The first difference of a stream, what kind it is, and its neighbours on both sides. */
function describeDifference(
  published: readonly Packet[],
  got: readonly Packet[],
  { from, length }: RunPart,
  offsetMs: number,
): string {
  const packet = got[length] as Packet;
  const expected = published[from + length];
  const rows = [-2, -1, 0, 1, 2].map((step) => {
    const [left, right] = [published[from + length + step], got[length + step]];
    return `  ${step === 0 ? ">" : " "} published #${from + length + step} ${show(left)} | got #${length + step} ${show(right)}`;
  });
  const kind = kindOfDifference(published, from + length, packet, expected, offsetMs);
  return [`${packet.stream}: ${kind} (offset ${offsetMs} ms)`, ...rows].join("\n");
}

function kindOfDifference(
  published: readonly Packet[],
  at: number,
  packet: Packet,
  expected: Packet | undefined,
  offsetMs: number,
): string {
  if (expected?.hash === packet.hash) return `timestamp off by ${packet.dts - expected.dts - offsetMs} ms`;
  const index = published.findIndex((other) => isSame(other, packet, offsetMs));
  if (index > at) return `${index - at} packets lost or late`;
  if (index >= 0) return `packet #${index} again`;
  return expected ? "a packet that was never published" : "a packet after the last one published";
}

function show(packet: Packet | undefined): string {
  if (!packet) return "-";
  const { dts, pts, isKeyframe, hash } = packet;
  return `dts ${dts} pts ${pts}${isKeyframe ? " key" : ""} ${hash.slice(0, 8)}`;
}
