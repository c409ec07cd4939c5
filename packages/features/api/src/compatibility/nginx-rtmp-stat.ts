import { numberOfSession } from "@headgate/gateway";
import { allOf } from "../all-of.ts";
import type { ClientReply } from "../client-reply.ts";
import type { ServerView, Totals } from "../server-view.ts";
import type { StreamReply } from "../stream-reply.ts";
import { element, empty, type Xml } from "./xml.ts";

/** The version whose answers these are like; programs look at it. */
const NGINX_RTMP_VERSION = "1.1.4";

export interface StatFacts {
  readonly version: string;
  /** The names of the configured applications. */
  readonly applications: () => readonly string[];
}

/** A client is a few hundred characters, and each piece is a write. */
const PIECE_LENGTH = 16 * 1024;

/** nginx-rtmp's `/stat`, in pieces. */
export async function* statDocument(view: ServerView, facts: StatFacts): AsyncGenerator<string> {
  let piece = "";
  for await (const part of partsOf(view, facts)) {
    piece += part;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

async function* partsOf(view: ServerView, facts: StatFacts): AsyncGenerator<string> {
  const byApplication = new Map<string, StreamReply[]>(facts.applications().map((name) => [name, []]));
  for await (const stream of allOf((start, count) => view.streams(start, count))) {
    const name = applicationOf(stream);
    const streams = byApplication.get(name) ?? [];
    byApplication.set(name, streams);
    streams.push(stream);
  }
  // A browser shows nothing where a style sheet is named that is not there. nginx names one if it is told to.
  yield '<?xml version="1.0" encoding="utf-8" ?>\n<rtmp>';
  yield headOf(facts.version, await view.totals(), [...byApplication.values()].flat());
  yield "<server>";
  for (const [name, streams] of byApplication) {
    yield `<application>${element("name", name)}<live>`;
    for (const stream of streams) yield* streamElement(view, stream);
    const clients = streams.reduce((sum, stream) => sum + stream.clients, 0);
    yield `${element("nclients", clients)}</live></application>`;
  }
  yield "</server></rtmp>\n";
}

/** A virtual host's applications are told apart from those that all hosts share as in a stream's path. */
export function applicationOf({ id, name }: Pick<StreamReply, "id" | "name">): string {
  return id.slice(0, Math.max(0, id.length - name.length - 1));
}

function headOf(version: string, totals: Totals, streams: readonly StreamReply[]): Xml {
  const sum = (of: (stream: StreamReply) => number): number =>
    streams.reduce((before, stream) => before + of(stream), 0);
  return [
    element("nginx_version", `headgate ${version}`),
    element("nginx_rtmp_version", NGINX_RTMP_VERSION),
    element("compiler", `Node.js ${process.versions.node}`),
    element("built", ""),
    element("pid", process.pid),
    element("uptime", Math.floor(process.uptime())),
    element("naccepted", totals.accepted),
    element("bw_in", bits(sum(({ kbps }) => kbps.recv_30s))),
    element("bytes_in", totals.receivedBytes),
    element("bw_out", bits(sum(({ kbps }) => kbps.send_30s))),
    element("bytes_out", totals.sentBytes),
  ].join("");
}

async function* streamElement(view: ServerView, stream: StreamReply): AsyncGenerator<Xml> {
  const { kbps, uptime, recv_bytes, send_bytes } = stream;
  yield [
    "<stream>",
    element("name", stream.name),
    element("time", Math.round((uptime ?? 0) * 1_000)),
    element("bw_in", bits(kbps.video_10s + kbps.audio_10s)),
    element("bytes_in", recv_bytes),
    element("bw_out", bits(kbps.send_30s)),
    element("bytes_out", send_bytes),
    element("bw_audio", bits(kbps.audio_10s)),
    element("bw_video", bits(kbps.video_10s)),
  ].join("");
  for await (const client of allOf((start, count) => view.clientsOf(stream.id, start, count)))
    yield clientElement(client, stream);
  yield [
    metaOf(stream),
    element("nclients", stream.clients),
    ...(stream.publish.active ? [empty("publishing"), empty("active")] : []),
    "</stream>",
  ].join("");
}

function clientElement(client: ClientReply, stream: StreamReply): Xml {
  const publishes = client.id === stream.publish.cid;
  return [
    "<client>",
    element("id", numberOfSession(client.id)),
    element("address", client.ip),
    element("time", Math.round(client.alive * 1_000)),
    element("flashver", client.flashver),
    ...(client.pageUrl === "" ? [] : [element("pageurl", client.pageUrl)]),
    ...(client.swfUrl === "" ? [] : [element("swfurl", client.swfUrl)]),
    element("dropped", 0),
    element("avsync", publishes ? (stream.av_drift_ms ?? 0) : 0),
    element("timestamp", Math.round((stream.uptime ?? 0) * 1_000)),
    ...(publishes ? [empty("publishing")] : []),
    empty("active"),
    "</client>",
  ].join("");
}

/** NOALBS reads both or neither, and takes no element without a number where it expects one. */
function metaOf({ video, audio }: StreamReply): Xml {
  if (!video) return "";
  return [
    "<meta><video>",
    element("width", video.width),
    element("height", video.height),
    element("frame_rate", video.fps),
    element("codec", video.codec),
    element("profile", video.profile),
    element("compat", 0),
    element("level", video.level),
    "</video><audio>",
    element("codec", audio?.codec ?? null),
    element("profile", audio?.profile ?? null),
    element("channels", audio?.channel ?? null),
    element("sample_rate", audio?.sample_rate ?? null),
    "</audio></meta>",
  ].join("");
}

function bits(kilobits: number): number {
  return 1_000 * kilobits;
}
