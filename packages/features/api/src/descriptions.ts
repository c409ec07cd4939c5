import type { Stream } from "@headgate/bus";
import type { Gateway, Session, StreamSource } from "@headgate/gateway";
import type { Audiences } from "./audiences.ts";
import type { ClientReply, Rates } from "./client-reply.ts";
import { mediaOf } from "./media-info.ts";
import { playerOf } from "./quality/session-quality.ts";
import { RateSample } from "./rate-sample.ts";
import type { Audience } from "./server-view.ts";
import { shownUrl, virtualHostId } from "./shown-text.ts";
import type { StreamReply } from "./stream-reply.ts";

/** How long the rates of a stream look back. SRS's dashboards want 30 seconds, those of nginx-rtmp 10. */
const LONG_MS = 30_000;
const SHORT_MS = 10_000;

interface SessionSamples {
  readonly received: RateSample;
  readonly sent: RateSample;
}

/** Describes streams and sessions, from what they count anyway. */
export class Descriptions {
  readonly #gateway: Gateway;
  readonly #audiences: Audiences;
  readonly #now: () => number;
  readonly #samples = new WeakMap<Session, SessionSamples>();

  constructor(gateway: Gateway, audiences: Audiences, now: () => number) {
    this.#gateway = gateway;
    this.#audiences = audiences;
    this.#now = now;
  }

  stream(stream: Stream, audience: Audience): StreamReply {
    const { key, meter, lagCount } = stream;
    const nowMs = this.#now();
    const source = this.#gateway.sourceOf(stream);
    const session = source?.session;
    const long = meter.rates(nowMs, LONG_MS);
    const short = meter.rates(nowMs, SHORT_MS);
    const publishedMs = this.#audiences.publishedMs(stream);
    return {
      id: key.path,
      name: key.name,
      vhost: virtualHostId(key.virtualHost),
      app: key.application,
      tcUrl: shownUrl(session?.connect?.tcUrl ?? ""),
      url: `/${key.path}`,
      live_ms: Date.now(),
      clients: audience.count + (session ? 1 : 0),
      frames: meter.videoFrames,
      send_bytes: audience.sentBytes,
      recv_bytes: meter.videoBytes + meter.audioBytes + meter.dataBytes,
      kbps: {
        recv_30s: kbps(long.videoBytes + long.audioBytes),
        send_30s: Math.round(audience.sentKbps),
        video_10s: kbps(short.videoBytes),
        audio_10s: kbps(short.audioBytes),
      },
      publish: { active: source !== undefined, cid: session?.id ?? null },
      ...mediaOf(stream, short.videoFrames),
      source: sourceOf(source),
      transport: session?.transport ?? null,
      ip: session?.remoteAddress ?? null,
      identity: session?.identity ?? null,
      uptime: publishedMs === undefined ? null : seconds(nowMs - publishedMs),
      audio_frames: meter.audioFrames,
      keyframe_interval_ms: meter.keyframeIntervalMs ?? null,
      av_drift_ms: rounded(meter.driftMs),
      rtt_ms: rounded(session?.roundTripMs),
      lags: lagCount,
      viewers: audience.byTransport,
    };
  }

  client(session: Session): ClientReply {
    const { connect, uses } = session;
    const nowMs = this.#now();
    const main = uses.find(({ kind }) => kind === "publish") ?? uses[0];
    const publishes = main?.kind === "publish";
    return {
      id: session.id,
      vhost: virtualHostId(main?.key.virtualHost ?? ""),
      stream: main?.key.path ?? null,
      ip: session.remoteAddress,
      pageUrl: shownUrl(connect?.pageUrl ?? ""),
      swfUrl: shownUrl(connect?.swfUrl ?? ""),
      tcUrl: shownUrl(connect?.tcUrl ?? ""),
      url: main ? `/${main.key.path}` : null,
      name: main?.key.name ?? null,
      type: publishes ? "fmle-publish" : main ? "rtmp-play" : "unknown",
      publish: publishes,
      alive: seconds(nowMs - session.startedMs),
      send_bytes: session.bytesSent,
      recv_bytes: session.bytesReceived,
      kbps: this.#ratesOf(session, nowMs),
      port: session.remotePort,
      transport: session.transport,
      app: connect?.application ?? "",
      flashver: connect?.flashVersion ?? "",
      identity: session.identity ?? null,
      rtt_ms: rounded(session.roundTripMs),
      lag_ms: rounded(playerOf(session, nowMs)?.lagMs),
      can_reconnect: connect?.canReconnect ?? false,
      uses: uses.map(({ key, kind, startedMs }) => ({
        stream: key.path,
        publish: kind === "publish",
        alive: seconds(nowMs - startedMs),
      })),
    };
  }

  #ratesOf(session: Session, nowMs: number): Rates {
    let samples = this.#samples.get(session);
    if (!samples) {
      const { startedMs } = session;
      samples = { received: new RateSample(startedMs, 0), sent: new RateSample(startedMs, 0) };
      this.#samples.set(session, samples);
    }
    return {
      recv_30s: Math.round(samples.received.take(nowMs, session.bytesReceived)),
      send_30s: Math.round(samples.sent.take(nowMs, session.bytesSent)),
    };
  }
}

function sourceOf(source: StreamSource | undefined): StreamReply["source"] {
  if (!source) return null;
  if (source.session) return "client";
  return source.isPulled ? "pull" : "process";
}

function kbps(bytesPerSecond: number): number {
  return Math.round((8 * bytesPerSecond) / 1_000);
}

/** With a millisecond's exactness. */
function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}
