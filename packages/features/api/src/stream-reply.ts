import { Type } from "typebox";
import { type Described, numbersBy, orNull } from "./described.ts";

const VIDEO = Type.Object({
  codec: Type.String({ description: "H264, HEVC, AV1, VP9 and others." }),
  profile: orNull(Type.String(), "As High."),
  level: orNull(Type.String(), "As 4.1."),
  width: orNull(Type.Number(), "Pixels, as its pictures say, or else the publisher."),
  height: orNull(Type.Number(), "Pixels."),
  fps: Type.Number({ description: "Pictures a second, over the last 10 seconds." }),
});

const AUDIO = Type.Object({
  codec: Type.String({ description: "AAC, Opus, MP3 and others." }),
  sample_rate: orNull(Type.Number(), "Hertz."),
  channel: orNull(Type.Number(), "How many."),
  profile: orNull(Type.String(), "As LC."),
});

const STREAM_RATES = Type.Object(
  {
    recv_30s: Type.Number({ description: "From the publisher, over 30 seconds." }),
    send_30s: Type.Number({ description: "To all viewers, since it was asked for before." }),
    video_10s: Type.Number({ description: "Pictures from the publisher, over 10 seconds." }),
    audio_10s: Type.Number({ description: "Sound from the publisher, over 10 seconds." }),
  },
  { description: "Kilobits a second." },
);

const PUBLISH = Type.Object({
  active: Type.Boolean({ description: "Whether it is published now." }),
  cid: orNull(Type.String(), "The id of the client that publishes it."),
});

/** A stream in the shape of SRS's API, and below it what SRS does not tell. */
export const STREAM = Type.Object({
  id: Type.String({ description: "Its path, as live/cam. In a URL it may be written as it is." }),
  name: Type.String({ description: "The name within its application." }),
  vhost: Type.String({ description: "The id of its virtual host." }),
  app: Type.String({ description: "Its application." }),
  tcUrl: Type.String({ description: "The server's URL as the publisher wrote it, without secrets." }),
  url: Type.String({ description: "The path with a slash in front." }),
  live_ms: Type.Number({ description: "The server's clock. Milliseconds since 1970." }),
  clients: Type.Number({ description: "Publisher and viewers." }),
  frames: Type.Number({ description: "Pictures so far." }),
  send_bytes: Type.Number({ description: "To viewers so far." }),
  recv_bytes: Type.Number({ description: "Media so far." }),
  kbps: STREAM_RATES,
  publish: PUBLISH,
  video: orNull(VIDEO, "Null as long as it has no pictures."),
  audio: orNull(AUDIO, "Null as long as it has no sound."),
  source: orNull(
    Type.Enum(["client", "pull", "process"], { type: "string" }),
    "Who publishes it: a client, a server it is pulled from, or this process.",
  ),
  transport: orNull(
    Type.String(),
    "The publisher's: rtmp, rtmps, rtmpt, rtmpts, rtmpe or rtmpte; http-flv, https-flv, ws-flv or wss-flv for FLV over HTTP or a WebSocket.",
  ),
  ip: orNull(Type.String(), "The publisher's address."),
  identity: orNull(Type.String(), "The publisher, in the words of whoever vouches for it."),
  uptime: orNull(Type.Number(), "Seconds since its publisher began."),
  audio_frames: Type.Number({ description: "Of sound, so far." }),
  keyframe_interval_ms: orNull(Type.Number(), "Between the last two."),
  av_drift_ms: orNull(Type.Number(), "How far pictures have fallen behind sound since its publisher began."),
  rtt_ms: orNull(
    Type.Number(),
    "To the publisher and back, by its last ping. Null until it has answered one.",
  ),
  lags: Type.Number({ description: "How often viewers have fallen too far behind." }),
  viewers: numbersBy("How many there are, by transport."),
});

export type VideoReply = Described<typeof VIDEO>;
export type AudioReply = Described<typeof AUDIO>;
export type StreamReply = Described<typeof STREAM>;
