import { setImmediate as nextTurn } from "node:timers/promises";
import type { Stream } from "@headgate/bus";
import type { Gateway, Session } from "@headgate/gateway";
import { type Audiences, NOBODY } from "./audiences.ts";
import type { ClientReply } from "./client-reply.ts";
import { Descriptions } from "./descriptions.ts";
import type { LogReply } from "./log/log-reply.ts";
import type { LogTail } from "./log/log-tail.ts";
import type { Quality, QualityAnswer } from "./quality/quality.ts";
import type { ServerQuality } from "./quality/server-quality.ts";
import type { ServerQualityReply } from "./quality/server-quality-reply.ts";
import type { Redirection } from "./redirection.ts";
import type { CertificateReply, ListenerReply, VirtualHostReply } from "./server-replies.ts";
import type { Audience, Followed, Outcome, RecordAnswer, ServerView, Slice, Totals } from "./server-view.ts";
import type { StreamReply } from "./stream-reply.ts";
import type { TunnelReply } from "./tunnel-reply.ts";
import { Tunnels, type TunnelsParts } from "./tunnels.ts";
import { VirtualHosts } from "./virtual-hosts.ts";

interface Listener extends Pick<ListenerReply, "host" | "port" | "protocols"> {
  readonly hasTls: boolean;
}

const DAY_MS = 86_400_000;

/** What the view of a process is made of. */
export interface LocalParts {
  readonly gateway: Gateway;
  readonly audiences: Audiences;
  readonly quality: Quality;
  readonly serverQuality: Pick<ServerQuality, "read">;
  readonly log: Pick<LogTail, "read">;
  /** The names of all features. */
  readonly features: () => readonly string[];
  readonly listeners: () => readonly Listener[];
  /** By listener, when the first of its certificates expires. Milliseconds since 1970. */
  readonly expiries: () => readonly { readonly port: number; readonly expiresMs: number }[];
  /** Sessions through HTTP. */
  readonly tunnels: TunnelsParts;
  /** Starts and stops recordings of streams that are published here. */
  readonly record: ServerView["record"];
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
}

/**
 * How long streams are described before everything else has its turn: what a publisher says about itself can take milliseconds to read.
 * Milliseconds.
 */
const TURN_MS = 2;

const KICKED = "An operator has ended the session.";
const CLOSED = "An operator has closed the stream.";
const MOVED = "An operator has moved the session.";

/** The streams and sessions of this process. */
export class LocalView implements ServerView {
  readonly #parts: LocalParts;
  readonly #descriptions: Descriptions;
  readonly #tunnels: Tunnels;

  constructor(parts: LocalParts) {
    this.#parts = parts;
    this.#descriptions = new Descriptions(parts.gateway, parts.audiences, parts.now);
    this.#tunnels = new Tunnels(parts.tunnels, parts.now);
  }

  async streams(start: number, count: number): Promise<Slice<StreamReply>> {
    const all = this.#parts.gateway.ownStreams;
    const items: StreamReply[] = [];
    for await (const stream of inTurns(all.slice(start, start + count))) {
      this.#measure(stream);
      items.push(this.#describe(stream));
    }
    return { total: all.length, items };
  }

  async stream(id: string): Promise<StreamReply | undefined> {
    const stream = this.#ownStream(id);
    if (stream) this.#measure(stream);
    return stream && this.#describe(stream);
  }

  async clients(start: number, count: number): Promise<Slice<ClientReply>> {
    return this.#sliceOf(this.#parts.gateway.sessions, start, count);
  }

  async client(id: string): Promise<ClientReply | undefined> {
    const session = this.#parts.gateway.sessions.get(id);
    session?.measureRoundTrip();
    return session && this.#descriptions.client(session);
  }

  async clientsOf(id: string, start: number, count: number): Promise<Slice<ClientReply>> {
    const stream = this.#parts.gateway.streams.get(id);
    if (!stream) return { total: 0, items: [] };
    const publisher = this.#parts.gateway.sourceOf(stream)?.session;
    const viewers = this.#parts.audiences.viewersOf(stream);
    if (publisher?.isInternal !== false) return this.#sliceOf(viewers, start, count);
    const { total, items } = this.#sliceOf(viewers, Math.max(0, start - 1), start === 0 ? count - 1 : count);
    const isFirst = start === 0 && count > 0;
    return { total: total + 1, items: isFirst ? [this.#descriptions.client(publisher), ...items] : items };
  }

  async audiences(ids: readonly string[]): Promise<readonly Audience[]> {
    const { gateway, audiences } = this.#parts;
    return ids.map((id) => {
      const stream = gateway.streams.get(id);
      return stream ? audiences.of(stream) : NOBODY;
    });
  }

  async quality({ kind, id }: Followed, seconds: number): Promise<QualityAnswer> {
    const { gateway, quality } = this.#parts;
    if (kind === "stream") {
      const stream = this.#ownStream(id);
      return stream && quality.ofStream(stream, seconds);
    }
    const session = gateway.sessions.get(id);
    return session && quality.ofSession(session, seconds);
  }

  async serverQuality(seconds: number): Promise<ServerQualityReply> {
    return this.#parts.serverQuality.read(seconds);
  }

  async tunnels(start: number, count: number): Promise<Slice<TunnelReply>> {
    return this.#tunnels.slice(start, count);
  }

  async log(after: string, count: number): Promise<LogReply> {
    return this.#parts.log.read(after, count);
  }

  async totals(): Promise<Totals> {
    const { gateway, audiences, tunnels } = this.#parts;
    const { receivedBytes, sentBytes } = gateway.traffic;
    const { user, system } = process.cpuUsage();
    return {
      streams: gateway.ownStreams.length,
      clients: gateway.sessions.size,
      accepted: audiences.accepted,
      tunnels: tunnels.sessions,
      receivedBytes,
      sentBytes,
      memoryBytes: process.memoryUsage.rss(),
      cpuMs: (user + system) / 1_000,
    };
  }

  async virtualHosts(): Promise<readonly VirtualHostReply[]> {
    const hosts = new VirtualHosts();
    for await (const stream of inTurns(this.#parts.gateway.ownStreams)) hosts.add(this.#describe(stream));
    return hosts.all;
  }

  async features(): Promise<readonly string[]> {
    return this.#parts.features();
  }

  async listeners(): Promise<readonly ListenerReply[]> {
    const listeners = this.#parts.listeners();
    return listeners.map(({ host, port, protocols, hasTls }) => ({ host, port, protocols, tls: hasTls }));
  }

  async certificates(): Promise<readonly CertificateReply[]> {
    return this.#parts.expiries().map(({ port, expiresMs }) => ({
      port,
      expires: new Date(expiresMs).toISOString(),
      days_left: Math.floor((expiresMs - Date.now()) / DAY_MS),
    }));
  }

  async kick(id: string): Promise<Outcome> {
    const session = this.#parts.gateway.sessions.get(id);
    if (!session) return "absent";
    kick(session, KICKED);
    return "done";
  }

  async closeStream(id: string): Promise<Outcome> {
    const { gateway } = this.#parts;
    const stream = this.#ownStream(id);
    if (!stream) return "absent";
    const source = gateway.sourceOf(stream);
    if (source && !source.session) return "impossible";
    if (source?.session) kick(source.session, CLOSED);
    gateway.endResume(id);
    return "done";
  }

  async redirect(id: string, { stream, url }: Redirection): Promise<Outcome> {
    const { gateway } = this.#parts;
    const session = gateway.sessions.get(id);
    if (!session) return "absent";
    if (url !== undefined) return session.requestReconnect(MOVED, url) ? "done" : "impossible";
    const key = gateway.keyOf(stream ?? "");
    const outcome = typeof key === "string" ? key : session.switchPlays(key);
    return typeof outcome === "number" && outcome > 0 ? "done" : "impossible";
  }

  record(id: string, what: "start" | "stop"): Promise<RecordAnswer> {
    return this.#parts.record(id, what);
  }

  /** Without a copy: of ten thousand, each slice would make another one. */
  #sliceOf(sessions: ReadonlyMap<unknown, Session>, start: number, count: number): Slice<ClientReply> {
    const items: ClientReply[] = [];
    let index = 0;
    for (const session of sessions.values()) {
      if (index >= start + count) break;
      if (index >= start) items.push(this.#descriptions.client(session));
      index += 1;
    }
    return { total: sessions.size, items };
  }

  /** The next one who asks knows how far away the publisher is. */
  #measure(stream: Stream): void {
    this.#parts.gateway.sourceOf(stream)?.session?.measureRoundTrip();
  }

  #describe(stream: Stream): StreamReply {
    return this.#descriptions.stream(stream, this.#parts.audiences.of(stream));
  }

  /** Undefined also for a stream that another process of this server publishes, which lists it. */
  #ownStream(id: string): Stream | undefined {
    const { gateway } = this.#parts;
    const stream = gateway.streams.get(id);
    return stream && gateway.sourceOf(stream)?.isInternal ? undefined : stream;
  }
}

function kick(session: Session, description: string): void {
  const publishes = session.uses.some(({ kind }) => kind === "publish");
  const plays = session.uses.length > 0;
  const ofStreams = publishes ? "NetStream.Publish.Denied" : "NetStream.Play.Failed";
  session.kick("kicked", plays ? ofStreams : "NetConnection.Connect.Rejected", description);
}

/** One after the other, with others' turns in between. */
async function* inTurns(streams: readonly Stream[]): AsyncGenerator<Stream> {
  let sinceMs = performance.now();
  for (const stream of streams) {
    yield stream;
    if (performance.now() - sinceMs < TURN_MS) continue;
    await nextTurn();
    sinceMs = performance.now();
  }
}
