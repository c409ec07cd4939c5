import { Type } from "typebox";
import { RATES } from "./client-reply.ts";
import type { Described } from "./described.ts";

export const LISTENER = Type.Object({
  host: Type.String({ description: "The address." }),
  port: Type.Number({ description: "The TCP port." }),
  protocols: Type.Array(Type.String({ description: "rtmp, rtmps, http or https." }), {
    description: "What is accepted there.",
  }),
  tls: Type.Boolean({ description: "Whether it has a certificate." }),
});

export const CERTIFICATE = Type.Object({
  port: Type.Number({ description: "The listener's port." }),
  expires: Type.String({ description: "When the first of its certificates expires, in ISO 8601." }),
  days_left: Type.Number({ description: "Whole days until then. Less than 0: it has expired." }),
});

/** In the shape of SRS's API. */
export const VIRTUAL_HOST = Type.Object({
  id: Type.String({
    description: "Its name; __defaultVhost__ for all hosts that have no application of their own.",
  }),
  name: Type.String({ description: "The same." }),
  enabled: Type.Boolean({ description: "Always true." }),
  clients: Type.Number({ description: "Publishers and viewers of its streams." }),
  streams: Type.Number({ description: "Streams." }),
  send_bytes: Type.Number({ description: "To viewers of these streams so far." }),
  recv_bytes: Type.Number({ description: "Media of these streams so far." }),
  kbps: RATES,
  hls: Type.Object({ enabled: Type.Boolean({ description: "Always false." }) }),
});

/** The part of SRS's summary that is about the server. */
const SELF = Type.Object({
  version: Type.String({ description: "Headgate's." }),
  pid: Type.Number({ description: "The process." }),
  ppid: Type.Number({ description: "Its parent." }),
  argv: Type.String({ description: "The program's name." }),
  cwd: Type.String({ description: "Its folder." }),
  mem_kbyte: Type.Number({ description: "Resident memory of all processes. KiB." }),
  mem_percent: Type.Number({ description: "The same as a part of the machine's, from 0 to 1." }),
  cpu_percent: Type.Number({
    description: "Processors that were busy with it since this was asked for before: 1 is one of them.",
  }),
  srs_uptime: Type.Number({ description: "Seconds since the start." }),
});

const SYSTEM = Type.Object({
  cpus: Type.Number({ description: "Processors." }),
  cpus_online: Type.Number({ description: "Processors that it may use." }),
  uptime: Type.Number({ description: "Seconds since the machine has started." }),
  mem_ram_kbyte: Type.Number({ description: "The machine's memory. KiB." }),
  mem_ram_percent: Type.Number({ description: "How much of it is in use, from 0 to 1." }),
  load_1m: Type.Number({ description: "Load average over a minute." }),
  load_5m: Type.Number({ description: "Over five." }),
  load_15m: Type.Number({ description: "Over fifteen." }),
  conn_srs: Type.Number({ description: "Clients." }),
  srs_sample_time: Type.Number({ description: "When the bytes were counted. Milliseconds since 1970." }),
  srs_recv_bytes: Type.Number({ description: "From all clients so far." }),
  srs_send_bytes: Type.Number({ description: "To all clients so far." }),
});

export const SUMMARY = Type.Object({
  ok: Type.Boolean({ description: "Always true." }),
  now_ms: Type.Number({ description: "The server's clock. Milliseconds since 1970." }),
  self: SELF,
  system: SYSTEM,
});

export type ListenerReply = Described<typeof LISTENER>;
export type CertificateReply = Described<typeof CERTIFICATE>;
export type VirtualHostReply = Described<typeof VIRTUAL_HOST>;
export type SummaryReply = Described<typeof SUMMARY>;
