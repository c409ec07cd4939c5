import { flag, listOf, number, numbersBy, object, oneOf, orNull, type Schema, text } from "./schema.ts";

export interface VideoReply {
  readonly codec: string;
  readonly profile: string | null;
  readonly level: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number;
}

export interface AudioReply {
  readonly codec: string;
  readonly sample_rate: number | null;
  readonly channel: number | null;
  readonly profile: string | null;
}

export interface Rates {
  readonly recv_30s: number;
  readonly send_30s: number;
}

interface StreamRates extends Rates {
  readonly video_10s: number;
  readonly audio_10s: number;
}

interface PublishReply {
  readonly active: boolean;
  readonly cid: string | null;
}

const SOURCES = ["client", "pull", "process"] as const;

/** A stream in the shape of SRS's API, and below it what SRS does not tell. */
export interface StreamReply {
  readonly id: string;
  readonly name: string;
  readonly vhost: string;
  readonly app: string;
  readonly tcUrl: string;
  readonly url: string;
  readonly live_ms: number;
  readonly clients: number;
  readonly frames: number;
  readonly send_bytes: number;
  readonly recv_bytes: number;
  readonly kbps: StreamRates;
  readonly publish: PublishReply;
  readonly video: VideoReply | null;
  readonly audio: AudioReply | null;
  readonly source: (typeof SOURCES)[number] | null;
  readonly transport: string | null;
  readonly ip: string | null;
  readonly identity: string | null;
  readonly uptime: number | null;
  readonly audio_frames: number;
  readonly keyframe_interval_ms: number | null;
  readonly av_drift_ms: number | null;
  readonly rtt_ms: number | null;
  readonly lags: number;
  readonly viewers: Readonly<Record<string, number>>;
}

const VIDEO: Schema<VideoReply> = object<VideoReply>({
  codec: text("H264, HEVC, AV1, VP9 and others."),
  profile: orNull(text("As High.")),
  level: orNull(text("As 4.1.")),
  width: orNull(number("Pixels, as the publisher says.")),
  height: orNull(number("Pixels.")),
  fps: number("Pictures a second, over the last 10 seconds."),
});

const AUDIO: Schema<AudioReply> = object<AudioReply>({
  codec: text("AAC, Opus, MP3 and others."),
  sample_rate: orNull(number("Hertz.")),
  channel: orNull(number("How many.")),
  profile: orNull(text("As LC.")),
});

const STREAM_RATES: Schema<StreamRates> = object<StreamRates>(
  {
    recv_30s: number("From the publisher, over 30 seconds."),
    send_30s: number("To all viewers, since it was asked for before."),
    video_10s: number("Pictures from the publisher, over 10 seconds."),
    audio_10s: number("Sound from the publisher, over 10 seconds."),
  },
  "Kilobits a second.",
);

const PUBLISH: Schema<PublishReply> = object<PublishReply>({
  active: flag("Whether it is published now."),
  cid: orNull(text("The id of the client that publishes it.")),
});

export const STREAM: Schema<StreamReply> = object<StreamReply>({
  id: text("Its path, as live/cam. In a URL it may be written as it is."),
  name: text("The name within its application."),
  vhost: text("The id of its virtual host."),
  app: text("Its application."),
  tcUrl: text("The server's URL as the publisher wrote it, without secrets."),
  url: text("The path with a slash in front."),
  live_ms: number("The server's clock. Milliseconds since 1970."),
  clients: number("Publisher and viewers."),
  frames: number("Pictures so far."),
  send_bytes: number("To viewers so far."),
  recv_bytes: number("Media so far."),
  kbps: STREAM_RATES,
  publish: PUBLISH,
  video: orNull(VIDEO),
  audio: orNull(AUDIO),
  source: orNull(oneOf(SOURCES, "Who publishes it: a client, a server it is pulled from, or this process.")),
  transport: orNull(text("The publisher's: rtmp, rtmps, rtmpt, rtmpts, rtmpe or rtmpte.")),
  ip: orNull(text("The publisher's address.")),
  identity: orNull(text("The publisher, in the words of whoever vouches for it.")),
  uptime: orNull(number("Seconds since its publisher began.")),
  audio_frames: number("Of sound, so far."),
  keyframe_interval_ms: orNull(number("Between the last two.")),
  av_drift_ms: orNull(number("How far pictures have fallen behind sound since its publisher began.")),
  rtt_ms: orNull(number("To the publisher and back, by its last ping. Null until it has answered one.")),
  lags: number("How often viewers have fallen too far behind."),
  viewers: numbersBy("How many there are, by transport."),
});

export interface StreamsReply {
  readonly total: number;
  readonly streams: readonly StreamReply[];
}

export const STREAMS: Schema<StreamsReply> = object<StreamsReply>({
  total: number("How many there are in all."),
  streams: listOf(STREAM, "One part of them."),
});
