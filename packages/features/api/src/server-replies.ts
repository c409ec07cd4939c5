import { RATES } from "./client-reply.ts";
import { flag, listOf, number, object, type Schema, text } from "./schema.ts";
import type { CertificateReply, ListenerReply, VirtualHostReply } from "./server-view.ts";

export const LISTENER: Schema<ListenerReply> = object<ListenerReply>({
  host: text("The address."),
  port: number("The TCP port."),
  protocols: listOf(text("rtmp, rtmps, http or https."), "What is accepted there."),
  tls: flag("Whether it has a certificate."),
});

export const CERTIFICATE: Schema<CertificateReply> = object<CertificateReply>({
  port: number("The listener's port."),
  expires: text("When the first of its certificates expires, in ISO 8601."),
  days_left: number("Whole days until then. Less than 0: it has expired."),
});

export const VIRTUAL_HOST: Schema<VirtualHostReply> = object<VirtualHostReply>({
  id: text("Its name; __defaultVhost__ for all hosts that have no application of their own."),
  name: text("The same."),
  enabled: flag("Always true."),
  clients: number("Publishers and viewers of its streams."),
  streams: number("Streams."),
  send_bytes: number("To viewers of these streams so far."),
  recv_bytes: number("Media of these streams so far."),
  kbps: RATES,
  hls: object<VirtualHostReply["hls"]>({ enabled: flag("Always false.") }),
});

/** The part of SRS's summary that is about the server. */
interface SelfReply {
  readonly version: string;
  readonly pid: number;
  readonly ppid: number;
  readonly argv: string;
  readonly cwd: string;
  readonly mem_kbyte: number;
  readonly mem_percent: number;
  readonly cpu_percent: number;
  readonly srs_uptime: number;
}

interface SystemReply {
  readonly cpus: number;
  readonly cpus_online: number;
  readonly uptime: number;
  readonly mem_ram_kbyte: number;
  readonly mem_ram_percent: number;
  readonly load_1m: number;
  readonly load_5m: number;
  readonly load_15m: number;
  readonly conn_srs: number;
  readonly srs_sample_time: number;
  readonly srs_recv_bytes: number;
  readonly srs_send_bytes: number;
}

export interface SummaryReply {
  readonly ok: boolean;
  readonly now_ms: number;
  readonly self: SelfReply;
  readonly system: SystemReply;
}

const SELF: Schema<SelfReply> = object<SelfReply>({
  version: text("Headgate's."),
  pid: number("The process."),
  ppid: number("Its parent."),
  argv: text("The program's name."),
  cwd: text("Its folder."),
  mem_kbyte: number("Resident memory of all processes. KiB."),
  mem_percent: number("The same as a part of the machine's, from 0 to 1."),
  cpu_percent: number("Processors that were busy with it since this was asked for before: 1 is one of them."),
  srs_uptime: number("Seconds since the start."),
});

const SYSTEM: Schema<SystemReply> = object<SystemReply>({
  cpus: number("Processors."),
  cpus_online: number("Processors that it may use."),
  uptime: number("Seconds since the machine has started."),
  mem_ram_kbyte: number("The machine's memory. KiB."),
  mem_ram_percent: number("How much of it is in use, from 0 to 1."),
  load_1m: number("Load average over a minute."),
  load_5m: number("Over five."),
  load_15m: number("Over fifteen."),
  conn_srs: number("Clients."),
  srs_sample_time: number("When the bytes were counted. Milliseconds since 1970."),
  srs_recv_bytes: number("From all clients so far."),
  srs_send_bytes: number("To all clients so far."),
});

export const SUMMARY: Schema<SummaryReply> = object<SummaryReply>({
  ok: flag("Always true."),
  now_ms: number("The server's clock. Milliseconds since 1970."),
  self: SELF,
  system: SYSTEM,
});
