import type { Stream } from "@headgate/bus";
import type { Metric } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import type { Audiences } from "../audiences.ts";
import { type StreamCount, StreamSeriesTable } from "./stream-series.ts";

const LABELS = ["application", "stream"];

/**
 * The streams one by one: so many at most, those first that came first, and the others together. A series ends with its stream.
 */
export function streamMetrics(gateway: Gateway, audiences: Audiences, max: number): readonly Metric[] {
  if (max === 0) return [];
  const table = new StreamSeriesTable(gateway, max);
  const counter = (name: string, help: string, count: StreamCount): Metric => ({
    name: `headgate_stream_${name}`,
    help,
    kind: "counter",
    labels: LABELS,
    read: () => table.all.map(({ labels, counts }) => [labels, counts[count]]),
  });
  /** What cannot be added up is not told of the others. */
  const gauge = (name: string, help: string, read: (stream: Stream) => number | undefined): Metric => ({
    name: `headgate_stream_${name}`,
    help,
    kind: "gauge",
    combined: "max",
    labels: LABELS,
    read: () =>
      [...table.own].flatMap(({ labels, streams }) => {
        const [stream] = streams;
        const value = stream && !table.isInternal(stream) ? read(stream) : undefined;
        return value === undefined ? [] : [[labels, value] as const];
      }),
  });
  return [
    counter("received_bytes_total", "Media from the publisher.", "receivedBytes"),
    counter("sent_bytes_total", "Bytes to viewers.", "sentBytes"),
    {
      name: "headgate_stream_viewers",
      help: "Viewers.",
      kind: "gauge",
      labels: LABELS,
      read: () => table.all.map(({ labels, streams }) => [labels, viewersOf(streams, audiences)]),
    },
    counter("drops_total", "How often viewers were too slow and lost their place.", "drops"),
    {
      name: "headgate_stream_frames_total",
      help: "Pictures, and frames of sound, from the publisher.",
      kind: "counter",
      labels: [...LABELS, "kind"],
      read: () =>
        table.all.flatMap(({ labels, counts }) => [
          [{ ...labels, kind: "video" }, counts.videoFrames],
          [{ ...labels, kind: "audio" }, counts.audioFrames],
        ]),
    },
    gauge("keyframe_interval_seconds", "Between the last two keyframes.", ({ meter }) =>
      inSeconds(meter.keyframeIntervalMs),
    ),
    gauge(
      "av_drift_seconds",
      "How far pictures have fallen behind sound since the publisher began.",
      ({ meter }) => inSeconds(meter.driftMs),
    ),
    gauge("publisher_rtt_seconds", "To the publisher and back, by its last ping.", (stream) =>
      inSeconds(gateway.sourceOf(stream)?.session?.roundTripMs),
    ),
  ];
}

function viewersOf(streams: ReadonlySet<Stream>, audiences: Audiences): number {
  let viewers = 0;
  for (const stream of streams) viewers += audiences.viewersOf(stream).size;
  return viewers;
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
