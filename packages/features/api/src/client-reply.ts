import { Type } from "typebox";
import { type Described, orNull } from "./described.ts";

const USE = Type.Object({
  stream: Type.String({ description: "The id of the stream." }),
  publish: Type.Boolean({ description: "Whether it publishes the stream, or plays it." }),
  alive: Type.Number({ description: "Seconds since it began." }),
});

export const RATES = Type.Object(
  {
    recv_30s: Type.Number({ description: "From clients." }),
    send_30s: Type.Number({ description: "To clients." }),
  },
  { description: "Kilobits a second, since it was asked for before." },
);

/** A session in the shape of SRS's API, and below it what SRS does not tell. */
export const CLIENT = Type.Object({
  id: Type.String({ description: "As `session` in the log." }),
  vhost: Type.String({ description: "The id of the virtual host that it has named." }),
  stream: orNull(Type.String(), "The id of the stream that it publishes, or else plays."),
  ip: Type.String({ description: "Its address." }),
  pageUrl: Type.String({ description: "The page in which the player is, without its query." }),
  swfUrl: Type.String({ description: "The player's own URL, without its query." }),
  tcUrl: Type.String({ description: "The server's URL as the client wrote it, without secrets." }),
  url: orNull(Type.String(), "The stream's id with a slash in front."),
  name: orNull(Type.String(), "The stream's name."),
  type: Type.Enum(["fmle-publish", "rtmp-play", "unknown"], {
    type: "string",
    description: "What it does, in SRS's words.",
  }),
  publish: Type.Boolean({ description: "Whether it publishes." }),
  alive: Type.Number({ description: "Seconds since it connected." }),
  send_bytes: Type.Number({ description: "To the client so far." }),
  recv_bytes: Type.Number({ description: "From the client so far." }),
  kbps: RATES,
  port: Type.Number({ description: "Its port. 0 where that is unknown." }),
  transport: Type.String({
    description:
      "rtmp, rtmps, rtmpt, rtmpts, rtmpe or rtmpte; http or https for a download; http-flv, https-flv, ws-flv or wss-flv for FLV over HTTP or a WebSocket.",
  }),
  app: Type.String({ description: "The application of its `connect`." }),
  flashver: Type.String({ description: "The program, in its own words." }),
  identity: orNull(Type.String(), "Who it is, in the words of whoever vouches for it."),
  rtt_ms: orNull(Type.Number(), "To the client and back, by its last ping. Null until it has answered one."),
  lag_ms: orNull(
    Type.Number(),
    "How long the oldest message has waited that has not been written to it; of several streams, the longest. Null if it plays none.",
  ),
  can_reconnect: Type.Boolean({
    description: "Whether it connects again when it is asked to, as a redirect to a URL needs.",
  }),
  uses: Type.Array(USE, { description: "All that it publishes and plays." }),
});

export type Rates = Described<typeof RATES>;
export type ClientReply = Described<typeof CLIENT>;
