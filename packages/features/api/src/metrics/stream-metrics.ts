import type { Stream } from "@headgate/bus";
import type { LabelledNumber, Metric } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import type { Audiences } from "../audiences.ts";

/** In place of the application and the name of streams for which there is no place. */
const OTHER = { application: "other", stream: "other" };

type Labels = Readonly<Record<string, string>>;

/**
 * The streams one by one: so many at most, those first that came first, and the others together. A series ends with its stream.
 */
export function streamMetrics(gateway: Gateway, audiences: Audiences, max: number): readonly Metric[] {
  if (max === 0) return [];
  const labels = ["application", "stream"];
  const counter = (name: string, help: string, read: (stream: Stream) => number): Metric => ({
    name: `headgate_stream_${name}`,
    help,
    kind: name.endsWith("_total") ? "counter" : "gauge",
    labels,
    read: () => summedUp(streamsOf(gateway, max), read),
  });
  /** What cannot be added up is not told of the others. */
  const gauge = (name: string, help: string, read: (stream: Stream) => number | undefined): Metric => ({
    name: `headgate_stream_${name}`,
    help,
    kind: "gauge",
    combined: "max",
    labels,
    read: () =>
      ownOf(gateway, max).flatMap(([of, stream]) => {
        const value = read(stream);
        return value === undefined ? [] : [[of, value] as const];
      }),
  });
  const isOwn = ownIn(gateway);
  return [
    counter("received_bytes_total", "Media from the publisher.", (stream) =>
      isOwn(stream) ? stream.meter.videoBytes + stream.meter.audioBytes + stream.meter.dataBytes : 0,
    ),
    counter("sent_bytes_total", "Bytes to viewers.", (stream) => stream.sentBytes),
    counter("viewers", "Viewers.", (stream) => audiences.viewersOf(stream).size),
    counter(
      "drops_total",
      "How often viewers were too slow and lost their place.",
      ({ lagCount }) => lagCount,
    ),
    {
      name: "headgate_stream_frames_total",
      help: "Pictures, and frames of sound, from the publisher.",
      kind: "counter",
      labels: [...labels, "kind"],
      read: () =>
        (["video", "audio"] as const).flatMap((kind) =>
          summedUp(streamsOf(gateway, max), (stream) =>
            isOwn(stream) ? stream.meter[`${kind}Frames`] : 0,
          ).map(([of, value]) => [{ ...of, kind }, value] as const),
        ),
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

/** Of a stream that another process of this server publishes there are viewers alone. */
function ownIn(gateway: Gateway): (stream: Stream) => boolean {
  return (stream) => gateway.sourceOf(stream)?.isInternal !== true;
}

function ownOf(gateway: Gateway, max: number): readonly (readonly [Labels, Stream])[] {
  const isOwn = ownIn(gateway);
  return streamsOf(gateway, max).filter(([labels, stream]) => labels !== OTHER && isOwn(stream));
}

function streamsOf(gateway: Gateway, max: number): readonly (readonly [Labels, Stream])[] {
  return [...gateway.streams.values()].map((stream, index) => [
    index < max ? { application: stream.key.application, stream: stream.key.path } : OTHER,
    stream,
  ]);
}

function summedUp(
  streams: readonly (readonly [Labels, Stream])[],
  read: (stream: Stream) => number,
): readonly LabelledNumber[] {
  const numbers: LabelledNumber[] = [];
  let rest: number | undefined;
  for (const [labels, stream] of streams) {
    if (labels === OTHER) rest = (rest ?? 0) + read(stream);
    else numbers.push([labels, read(stream)]);
  }
  return rest === undefined ? numbers : [...numbers, [OTHER, rest]];
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
