import type { Stream } from "@headgate/bus";
import type { Gateway } from "@headgate/gateway";
import { Guard } from "@headgate/transport";

/** In place of the application and the name of streams for which there is no place. */
const OTHER: Labels = { application: "other", stream: "other" };

type Labels = Readonly<Record<string, string>>;

/** What is counted of streams. None of it ever falls. */
export type StreamCount = "receivedBytes" | "videoFrames" | "audioFrames" | "sentBytes" | "drops";

const COUNTS: readonly (readonly [StreamCount, (stream: Stream) => number])[] = [
  ["receivedBytes", ({ meter }) => meter.videoBytes + meter.audioBytes + meter.dataBytes],
  ["videoFrames", ({ meter }) => meter.videoFrames],
  ["audioFrames", ({ meter }) => meter.audioFrames],
  ["sentBytes", ({ sentBytes }) => sentBytes],
  ["drops", ({ lagCount }) => lagCount],
];

/** Of a stream that another process of this server publishes, these are counted there. */
const OF_PUBLISHER: ReadonlySet<StreamCount> = new Set(["receivedBytes", "videoFrames", "audioFrames"]);

const NONE: Readonly<Record<StreamCount, number>> = {
  receivedBytes: 0,
  videoFrames: 0,
  audioFrames: 0,
  sentBytes: 0,
  drops: 0,
};

/** The numbers with the same labels: of one stream, or of all those that have no place of their own. */
export interface StreamSeries {
  readonly labels: Labels;
  readonly counts: Record<StreamCount, number>;
  readonly streams: ReadonlySet<Stream>;
}

interface OpenSeries extends StreamSeries {
  readonly streams: Set<Stream>;
}

/** What was counted of a stream when it was looked at last. */
interface Seen {
  series: OpenSeries;
  readonly counts: Record<StreamCount, number>;
  isInternal: boolean;
}

/**
 * The series of streams: so many at most have one of their own, those first that came first. A series grows by what its streams
 * have grown since they were looked at last, so that it does not fall when one of them ends or gets a place of its own.
 */
export class StreamSeriesTable {
  readonly #gateway: Pick<Gateway, "streams" | "sourceOf">;
  readonly #onTurnOver: () => void;
  readonly #max: number;
  readonly #own = new Set<OpenSeries>();
  readonly #others: OpenSeries = seriesOf(OTHER);
  readonly #seen = new Map<Stream, Seen>();
  #hadOthers = false;
  #isCurrent = false;

  constructor(gateway: Pick<Gateway, "streams" | "sourceOf" | "faults">, max: number) {
    this.#gateway = gateway;
    const guard = new Guard(gateway.faults, "task", () => {});
    this.#onTurnOver = guard.entry(() => {
      this.#isCurrent = false;
    });
    this.#max = max;
  }

  /** Those of single streams. */
  get own(): Iterable<StreamSeries> {
    this.#look();
    return this.#own;
  }

  get all(): readonly StreamSeries[] {
    const own = [...this.own];
    return this.#hadOthers ? [...own, this.#others] : own;
  }

  /** Whether another process of this server publishes it, or did so last. */
  isInternal(stream: Stream): boolean {
    return this.#seen.get(stream)?.isInternal ?? false;
  }

  /** Once for all metrics that are read in one go. */
  #look(): void {
    if (this.#isCurrent) return;
    this.#isCurrent = true;
    queueMicrotask(this.#onTurnOver);
    const { streams } = this.#gateway;
    for (const [stream, seen] of this.#seen) {
      this.#count(stream, seen);
      if (streams.get(stream.key.path) !== stream) this.#forget(stream, seen.series);
    }
    for (const stream of streams.values()) this.#place(stream);
  }

  #place(stream: Stream): void {
    const seen = this.#seen.get(stream);
    const hasPlace = this.#own.size < this.#max;
    if (seen && (seen.series !== this.#others || !hasPlace)) return;
    const series = hasPlace ? this.#begin(stream) : this.#others;
    series.streams.add(stream);
    this.#hadOthers ||= !hasPlace;
    if (seen) {
      this.#others.streams.delete(stream);
      seen.series = series;
    } else {
      const first = { series, counts: { ...NONE }, isInternal: false };
      this.#seen.set(stream, first);
      this.#count(stream, first);
    }
  }

  #begin({ key }: Stream): OpenSeries {
    const series = seriesOf({ application: key.application, stream: key.path });
    this.#own.add(series);
    return series;
  }

  #forget(stream: Stream, series: OpenSeries): void {
    this.#seen.delete(stream);
    series.streams.delete(stream);
    this.#own.delete(series);
  }

  #count(stream: Stream, seen: Seen): void {
    const source = this.#gateway.sourceOf(stream);
    if (source) seen.isInternal = source.isInternal === true;
    for (const [name, read] of COUNTS) {
      const count = read(stream);
      if (!seen.isInternal || !OF_PUBLISHER.has(name)) seen.series.counts[name] += count - seen.counts[name];
      seen.counts[name] = count;
    }
  }
}

function seriesOf(labels: Labels): OpenSeries {
  return { labels, counts: { ...NONE }, streams: new Set() };
}
