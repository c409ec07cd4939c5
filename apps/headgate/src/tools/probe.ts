import type { AmfObject, AmfValue } from "@headgate/amf";
import { hideSecrets } from "@headgate/client";
import type { HandshakeResult } from "@headgate/handshake";
import type { ClientEvent, RtmpUrl } from "@headgate/session";
import { printable, printableLines } from "../printable.ts";
import { reportProblem, sayNoMedia } from "./exit-code.ts";
import {
  type ClientProblem,
  createClientStream,
  hasReadableCa,
  type ServerOptions,
  streamUrl,
} from "./server-stream.ts";
import { StreamStats } from "./stream-stats.ts";

export interface ProbeOptions extends ServerOptions {
  readonly seconds: number;
  readonly json?: boolean;
}

/** When each step was done, since the beginning; undefined if it was not. Milliseconds. */
interface Steps {
  /** The Link is open: TCP, TLS, and the tunnel's session. */
  link?: number;
  handshake?: number;
  connect?: number;
  /** The server answers that the stream plays. */
  play?: number;
  firstFrame?: number;
}

/** `headgate probe URL`: how a server answers, and what a stream contains. */
export async function probe(text: string, options: ProbeOptions): Promise<void> {
  const url = streamUrl(text);
  if (!url || !hasReadableCa(options)) return;
  const stats = new StreamStats();
  const steps: Steps = {};
  let handshake: HandshakeResult | undefined;
  let connected: Extract<ClientEvent, { kind: "connected" }> | undefined;
  let onOver: (problem: ClientProblem | undefined) => void;
  const over = new Promise<ClientProblem | undefined>((resolve) => {
    onOver = resolve;
  });
  const startedMs = performance.now();
  const note = (step: keyof Steps): void => {
    steps[step] ??= Math.round(performance.now() - startedMs);
  };
  const stream = createClientStream({ url, purpose: "play", start: "any" }, options, {
    onLink: () => note("link"),
    onHandshake: (result) => {
      handshake = result;
      note("handshake");
    },
    onEvent: (event) => {
      if (event.kind === "connected") {
        connected = event;
        note("connect");
      } else if (event.kind === "started") note("play");
      else if (event.kind === "media") note("firstFrame");
      stats.take(event);
    },
    onWritable: () => {},
    onOver: (problem) => onOver(problem),
  });
  stream.start();
  const timer = setTimeout(() => stream.end(), options.seconds * 1000 + WAIT_MS);
  const problem = await over;
  clearTimeout(timer);
  const report = {
    url: `${url.tcUrl}/${url.stream}`,
    handshake: handshake && describeHandshake(handshake),
    steps,
    server: connected && plain({ ...connected.properties, ...connected.info }, url),
    stream: stats.durationMs > 0 ? describeStream(stats) : undefined,
    problem,
  };
  process.stdout.write(options.json ? forMachines(report) : forPeople(report));
  if (problem) reportProblem(problem, steps.firstFrame !== undefined);
  else if (steps.firstFrame === undefined) sayNoMedia();
  process.exit();
}

/** The time to connect, in addition to the time to watch. */
const WAIT_MS = 1_000;

interface Report {
  readonly url: string;
  readonly handshake: Readonly<Record<string, unknown>> | undefined;
  readonly steps: Steps;
  readonly server: Readonly<Record<string, unknown>> | undefined;
  readonly stream: ReturnType<typeof describeStream> | undefined;
  readonly problem: ClientProblem | undefined;
}

function describeHandshake(result: HandshakeResult): Readonly<Record<string, unknown>> {
  const { kind, peerVersion } = result;
  return { kind, peerVersion, ...(result.kind === "rtmpe" && { rtmpeVersion: result.version }) };
}

function describeStream(stats: StreamStats) {
  const seconds = stats.durationMs / 1000;
  const tracks = stats.tracks.map(({ kind, trackId, codec, enhanced, frames, bytes }) => ({
    kind,
    trackId,
    codec,
    enhanced,
    framesPerSecond: rounded(frames / seconds),
    kilobitsPerSecond: rounded((8 * bytes) / stats.durationMs),
  }));
  const { width, height, encoder } = stats.metadata ?? {};
  return {
    seconds: rounded(seconds),
    keyframeSeconds:
      stats.keyframeIntervalMs === undefined ? undefined : rounded(stats.keyframeIntervalMs / 1000),
    tracks,
    ...(typeof width === "number" && typeof height === "number" && { width, height }),
    ...(typeof encoder === "string" && { encoder }),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function forMachines(report: Report): string {
  return `${printableLines(JSON.stringify(report, null, 2))}\n`;
}

function forPeople({ url, handshake, steps, server, stream }: Report): string {
  const lines: [string, string][] = [["stream", url]];
  const times = Object.entries(steps).map(([step, ms]) => `${STEP_NAMES[step as keyof Steps]} ${ms} ms`);
  lines.push(["steps done after", times.join(", ") || "none"]);
  if (handshake) lines.push(["handshake", pairs(handshake)]);
  if (server) lines.push(["server says", pairs(server)]);
  if (stream) {
    const { width, height, keyframeSeconds, encoder } = stream;
    for (const { kind, trackId, codec, framesPerSecond, kilobitsPerSecond } of stream.tracks)
      lines.push([`${kind} ${trackId}`, `${codec}, ${framesPerSecond} frames/s, ${kilobitsPerSecond} kb/s`]);
    if (width !== undefined) lines.push(["picture", `${width} x ${height}`]);
    if (keyframeSeconds !== undefined) lines.push(["keyframes", `every ${keyframeSeconds} s`]);
    if (encoder !== undefined) lines.push(["encoder", shortened(encoder)]);
  }
  // A server may send anything.
  return lines.map(([name, value]) => `  ${name.padEnd(18)}${printable(value)}\n`).join("");
}

const STEP_NAMES: Readonly<Record<keyof Steps, string>> = {
  link: "connection",
  handshake: "handshake",
  connect: "connect",
  play: "play",
  firstFrame: "first frame",
};

function pairs(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${shortened(typeof value === "string" ? value : JSON.stringify(value))}`)
    .join(", ");
}

function shortened(text: string): string {
  return text.slice(0, 200);
}

/** Values that JSON can express, without secrets of the URL; other AMF types are left out. */
function plain(object: AmfObject, url: RtmpUrl): Readonly<Record<string, unknown>> {
  const isPlain = (value: AmfValue): boolean =>
    value === null || ["string", "number", "boolean"].includes(typeof value);
  const shown = (value: AmfValue) => (typeof value === "string" ? hideSecrets(shortened(value), url) : value);
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => isPlain(value))
      .map(([name, value]) => [hideSecrets(shortened(name), url), shown(value)]),
  );
}
