import { flag, listOf, number, object, oneOf, orNull, type Schema, text } from "./schema.ts";
import type { Rates } from "./stream-reply.ts";

interface UseReply {
  readonly stream: string;
  readonly publish: boolean;
  readonly alive: number;
}

/** What a client does, in SRS's words. */
const CLIENT_TYPES = ["fmle-publish", "rtmp-play", "unknown"] as const;

/** A session in the shape of SRS's API, and below it what SRS does not tell. */
export interface ClientReply {
  readonly id: string;
  readonly vhost: string;
  readonly stream: string | null;
  readonly ip: string;
  readonly pageUrl: string;
  readonly swfUrl: string;
  readonly tcUrl: string;
  readonly url: string | null;
  readonly name: string | null;
  readonly type: (typeof CLIENT_TYPES)[number];
  readonly publish: boolean;
  readonly alive: number;
  readonly send_bytes: number;
  readonly recv_bytes: number;
  readonly kbps: Rates;
  readonly port: number;
  readonly transport: string;
  readonly app: string;
  readonly flashver: string;
  readonly identity: string | null;
  readonly rtt_ms: number | null;
  readonly lag_ms: number | null;
  readonly can_reconnect: boolean;
  readonly uses: readonly UseReply[];
}

const USE: Schema<UseReply> = object<UseReply>({
  stream: text("The id of the stream."),
  publish: flag("Whether it publishes the stream, or plays it."),
  alive: number("Seconds since it began."),
});

export const RATES: Schema<Rates> = object<Rates>(
  { recv_30s: number("From clients."), send_30s: number("To clients.") },
  "Kilobits a second, since it was asked for before.",
);

export const CLIENT: Schema<ClientReply> = object<ClientReply>({
  id: text("As `session` in the log."),
  vhost: text("The id of the virtual host that it has named."),
  stream: orNull(text("The id of the stream that it publishes, or else plays.")),
  ip: text("Its address."),
  pageUrl: text("The page in which the player is, without its query."),
  swfUrl: text("The player's own URL, without its query."),
  tcUrl: text("The server's URL as the client wrote it, without secrets."),
  url: orNull(text("The stream's id with a slash in front.")),
  name: orNull(text("The stream's name.")),
  type: oneOf(CLIENT_TYPES, "What it does."),
  publish: flag("Whether it publishes."),
  alive: number("Seconds since it connected."),
  send_bytes: number("To the client so far."),
  recv_bytes: number("From the client so far."),
  kbps: RATES,
  port: number("Its port. 0 where that is unknown."),
  transport: text("rtmp, rtmps, rtmpt, rtmpts, rtmpe or rtmpte; http or https for a download."),
  app: text("The application of its `connect`."),
  flashver: text("The program, in its own words."),
  identity: orNull(text("Who it is, in the words of whoever vouches for it.")),
  rtt_ms: orNull(number("To the client and back, by its last ping. Null until it has answered one.")),
  lag_ms: orNull(
    number(
      "How long the oldest message has waited that has not been written to it; of several streams, the longest. Null if it plays none.",
    ),
  ),
  can_reconnect: flag("Whether it connects again when it is asked to, as a redirect to a URL needs."),
  uses: listOf(USE, "All that it publishes and plays."),
});

export interface ClientsReply {
  readonly total: number;
  readonly clients: readonly ClientReply[];
}

export const CLIENTS: Schema<ClientsReply> = object<ClientsReply>({
  total: number("How many there are in all."),
  clients: listOf(CLIENT, "One part of them, in the order of their arrival."),
});
