import type { ClientReply } from "./client-reply.ts";
import type { LogReply } from "./log/log-reply.ts";
import type { QualityAnswer } from "./quality/quality.ts";
import type { ServerQualityReply } from "./quality/server-quality-reply.ts";
import type { Redirection } from "./redirection.ts";
import type { CertificateReply, ListenerReply, VirtualHostReply } from "./server-replies.ts";
import type { StreamReply } from "./stream-reply.ts";
import type { TunnelReply } from "./tunnel-reply.ts";

/**
 * How many streams or sessions are looked at before others get their turn. A session takes some ten microseconds to describe and
 * to write, so this is a millisecond.
 */
export const SLICE = 25;

/** A part of a list, and how long the whole list is. */
export interface Slice<Item> {
  readonly total: number;
  readonly items: readonly Item[];
}

/** The viewers of a stream. */
export interface Audience {
  readonly count: number;
  readonly byTransport: Readonly<Record<string, number>>;
  readonly sentBytes: number;
  readonly sentKbps: number;
}

/** What a process has had to do, and what it took. */
export interface Totals {
  readonly streams: number;
  readonly clients: number;
  /** Clients that have connected so far. */
  readonly accepted: number;
  readonly tunnels: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly memoryBytes: number;
  /** Processor time since its start. */
  readonly cpuMs: number;
}

/** A stream by its path, or a client by its id. */
export interface Followed {
  readonly kind: "stream" | "client";
  readonly id: string;
}

/** `absent`: there is nothing of that id. `impossible`: it cannot be done to it. */
export type Outcome = "done" | "absent" | "impossible";

/** What becomes of the wish to start or to stop a recording. `off`: nothing of the application is recorded. */
export type RecordAnswer =
  | { readonly kind: "done"; readonly file: string | null }
  | { readonly kind: "absent" | "running" | "idle" | "off" };

/**
 * What can be seen of a server and done to it: by its one process, or gathered from all of its workers. Everything that is passed
 * can cross to another process. A list is read in slices of {@link SLICE} at most.
 */
export interface ServerView {
  streams(start: number, count: number): Promise<Slice<StreamReply>>;
  stream(id: string): Promise<StreamReply | undefined>;
  clients(start: number, count: number): Promise<Slice<ClientReply>>;
  client(id: string): Promise<ClientReply | undefined>;
  /** The clients of one stream, its publisher first. */
  clientsOf(id: string, start: number, count: number): Promise<Slice<ClientReply>>;
  /** One for each of these streams, in their order. */
  audiences(ids: readonly string[]): Promise<readonly Audience[]>;
  /** The newest seconds of its history, so many at most; undefined if there is nothing of that id. */
  quality(followed: Followed, seconds: number): Promise<QualityAnswer>;
  /** The newest seconds of the whole server, so many at most; undefined while no process answers. */
  serverQuality(seconds: number): Promise<ServerQualityReply | undefined>;
  totals(): Promise<Totals>;
  tunnels(start: number, count: number): Promise<Slice<TunnelReply>>;
  /** The newest lines of the log, so many at most, that have come after the place that an earlier answer has named. */
  log(after: string, count: number): Promise<LogReply>;
  virtualHosts(): Promise<readonly VirtualHostReply[]>;
  features(): Promise<readonly string[]>;
  listeners(): Promise<readonly ListenerReply[]>;
  certificates(): Promise<readonly CertificateReply[]>;
  kick(id: string): Promise<Outcome>;
  /** Ends its publisher, and its viewers' wait for another one. */
  closeStream(id: string): Promise<Outcome>;
  redirect(id: string, to: Redirection): Promise<Outcome>;
  /** Has a stream recorded, or recorded no longer. */
  record(id: string, what: "start" | "stop"): Promise<RecordAnswer>;
}

/** A question to another process's view. */
export type ViewCall = {
  [Name in keyof ServerView]: { readonly name: Name; readonly args: Parameters<ServerView[Name]> };
}[keyof ServerView];

export function answerCall(view: ServerView, { name, args }: ViewCall): Promise<unknown> {
  const method = view[name] as (...args: unknown[]) => Promise<unknown>;
  return method.apply(view, args);
}
