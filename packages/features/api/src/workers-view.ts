import type { ClientReply } from "./client-reply.ts";
import type { LogReply } from "./log/log-reply.ts";
import { type LogTail, mergeLogs } from "./log/log-tail.ts";
import type { QualityAnswer } from "./quality/quality.ts";
import { mergeServerQuality } from "./quality/server-quality.ts";
import type { ServerQualityReply } from "./quality/server-quality-reply.ts";
import type { Redirection } from "./redirection.ts";
import type { CertificateReply, ListenerReply, VirtualHostReply } from "./server-replies.ts";
import type {
  Audience,
  Followed,
  Outcome,
  RecordAnswer,
  ServerView,
  Slice,
  Totals,
  ViewCall,
} from "./server-view.ts";
import type { StreamReply } from "./stream-reply.ts";
import type { TunnelReply } from "./tunnel-reply.ts";
import { VirtualHosts } from "./virtual-hosts.ts";

/** Asks one worker. Undefined if it does not answer in time. */
export type AskWorker = (call: ViewCall) => Promise<unknown>;

type SliceCall = "streams" | "clients" | "clientsOf" | "tunnels";

/**
 * The streams and sessions of all workers. A list has those of the first worker, then those of the second, and so on. What a worker
 * that does not answer in time has is left out.
 */
export class WorkersView implements ServerView {
  readonly #workers: () => readonly AskWorker[];
  readonly #ownLog: Pick<LogTail, "read">;

  /** `ownLog` is that of the process that asks the workers. */
  constructor(workers: () => readonly AskWorker[], ownLog: Pick<LogTail, "read">) {
    this.#workers = workers;
    this.#ownLog = ownLog;
  }

  async streams(start: number, count: number): Promise<Slice<StreamReply>> {
    const { total, items } = await this.#sliceOf<StreamReply>("streams", [], start, count);
    return { total, items: await this.#withAllViewers(items) };
  }

  async stream(id: string): Promise<StreamReply | undefined> {
    const found = await this.#all<StreamReply>({ name: "stream", args: [id] });
    const published = found.find(({ publish }) => publish.active) ?? found[0];
    return published && (await this.#withAllViewers([published]))[0];
  }

  clients(start: number, count: number): Promise<Slice<ClientReply>> {
    return this.#sliceOf<ClientReply>("clients", [], start, count);
  }

  async client(id: string): Promise<ClientReply | undefined> {
    return (await this.#all<ClientReply>({ name: "client", args: [id] }))[0];
  }

  clientsOf(id: string, start: number, count: number): Promise<Slice<ClientReply>> {
    return this.#sliceOf<ClientReply>("clientsOf", [id], start, count);
  }

  async audiences(ids: readonly string[]): Promise<readonly Audience[]> {
    const ofWorkers = await this.#all<readonly Audience[]>({ name: "audiences", args: [ids] });
    return ids.map((_, index) => sumOf(ofWorkers.flatMap((audiences) => audiences[index] ?? [])));
  }

  /** A stream's is told by the worker that publishes it, with its own viewers. */
  async quality(followed: Followed, seconds: number): Promise<QualityAnswer> {
    const answers = await this.#all<QualityAnswer>({ name: "quality", args: [followed, seconds] });
    return answers.find((answer) => typeof answer === "object") ?? answers[0];
  }

  async serverQuality(seconds: number): Promise<ServerQualityReply | undefined> {
    return mergeServerQuality(
      await this.#all<ServerQualityReply>({ name: "serverQuality", args: [seconds] }),
    );
  }

  tunnels(start: number, count: number): Promise<Slice<TunnelReply>> {
    return this.#sliceOf<TunnelReply>("tunnels", [], start, count);
  }

  async log(after: string, count: number): Promise<LogReply> {
    const ofWorkers = await this.#all<LogReply>({ name: "log", args: [after, count] });
    return mergeLogs([this.#ownLog.read(after, count), ...ofWorkers], count);
  }

  async totals(): Promise<Totals> {
    const totals = await this.#all<Totals>({ name: "totals", args: [] });
    const sum = (field: keyof Totals): number => totals.reduce((before, each) => before + each[field], 0);
    const own = process.cpuUsage();
    return {
      streams: sum("streams"),
      clients: sum("clients"),
      accepted: sum("accepted"),
      tunnels: sum("tunnels"),
      receivedBytes: sum("receivedBytes"),
      sentBytes: sum("sentBytes"),
      memoryBytes: sum("memoryBytes") + process.memoryUsage.rss(),
      cpuMs: sum("cpuMs") + (own.user + own.system) / 1_000,
    };
  }

  async virtualHosts(): Promise<readonly VirtualHostReply[]> {
    const hosts = new VirtualHosts();
    const found = await this.#all<readonly VirtualHostReply[]>({ name: "virtualHosts", args: [] });
    for (const host of found.flat()) hosts.merge(host);
    return hosts.all;
  }

  async features(): Promise<readonly string[]> {
    return (await this.#all<readonly string[]>({ name: "features", args: [] }))[0] ?? [];
  }

  /** All workers listen on the same ports, with the same certificates. */
  async listeners(): Promise<readonly ListenerReply[]> {
    return (await this.#all<readonly ListenerReply[]>({ name: "listeners", args: [] }))[0] ?? [];
  }

  async certificates(): Promise<readonly CertificateReply[]> {
    return (await this.#all<readonly CertificateReply[]>({ name: "certificates", args: [] }))[0] ?? [];
  }

  kick(id: string): Promise<Outcome> {
    return this.#outcomeOf({ name: "kick", args: [id] });
  }

  closeStream(id: string): Promise<Outcome> {
    return this.#outcomeOf({ name: "closeStream", args: [id] });
  }

  redirect(id: string, to: Redirection): Promise<Outcome> {
    return this.#outcomeOf({ name: "redirect", args: [id, to] });
  }

  async record(id: string, what: "start" | "stop"): Promise<RecordAnswer> {
    const answers = await this.#all<RecordAnswer>({ name: "record", args: [id, what] });
    return answers.find(({ kind }) => kind !== "absent") ?? { kind: "absent" };
  }

  /** One worker has what it is about; the others say that they have not. */
  async #outcomeOf(call: ViewCall): Promise<Outcome> {
    const outcomes = await this.#all<Outcome>(call);
    if (outcomes.includes("done")) return "done";
    return outcomes.includes("impossible") ? "impossible" : "absent";
  }

  async #all<Answer>(call: ViewCall): Promise<readonly Answer[]> {
    const answers = await Promise.all(this.#workers().map((ask) => ask(call)));
    return answers.filter((answer) => answer !== undefined && answer !== null) as Answer[];
  }

  /** First how many each worker has, then the parts of those that the slice is in. */
  async #sliceOf<Item>(
    name: SliceCall,
    before: readonly string[],
    start: number,
    count: number,
  ): Promise<Slice<Item>> {
    const call = (from: number, most: number): ViewCall =>
      ({ name, args: [...before, from, most] }) as unknown as ViewCall;
    const workers = this.#workers();
    const sizes = await Promise.all(
      workers.map((ask) => ask(call(0, 0)) as Promise<Slice<Item> | undefined>),
    );
    const parts: Promise<unknown>[] = [];
    let total = 0;
    for (const [index, ask] of workers.entries()) {
      const size = sizes[index]?.total ?? 0;
      const from = Math.max(0, start - total);
      const to = Math.min(size, start + count - total);
      if (to > from) parts.push(ask(call(from, to - from)));
      total += size;
    }
    const slices = (await Promise.all(parts)) as (Slice<Item> | undefined)[];
    return { total, items: slices.flatMap((slice) => slice?.items ?? []) };
  }

  /** Each worker knows its own viewers only. */
  async #withAllViewers(streams: readonly StreamReply[]): Promise<readonly StreamReply[]> {
    if (streams.length === 0) return streams;
    const audiences = await this.audiences(streams.map(({ id }) => id));
    return streams.map((stream, index) => {
      const { count, byTransport, sentBytes, sentKbps } = audiences[index]!;
      const clients = count + (stream.publish.cid === null ? 0 : 1);
      const kbps = { ...stream.kbps, send_30s: Math.round(sentKbps) };
      return { ...stream, clients, kbps, send_bytes: sentBytes, viewers: byTransport };
    });
  }
}

function sumOf(audiences: readonly Audience[]): Audience {
  const byTransport: Record<string, number> = {};
  for (const audience of audiences)
    for (const [transport, count] of Object.entries(audience.byTransport))
      byTransport[transport] = (byTransport[transport] ?? 0) + count;
  const sum = (field: "count" | "sentBytes" | "sentKbps"): number =>
    audiences.reduce((before, each) => before + each[field], 0);
  return { byTransport, count: sum("count"), sentBytes: sum("sentBytes"), sentKbps: sum("sentKbps") };
}
