import { Applications, StreamKey } from "@headgate/bus";
import type { HookCall, HookEvent, RecordingFacts, StreamFacts } from "./hook-call.ts";

const APPLICATIONS = new Applications(
  new Map([
    ["live", {}],
    ["*", {}],
    ["//tv.example.com/live", {}],
  ]),
);

export function keyOf(application: string, name: string, virtualHost = ""): StreamKey {
  const key = StreamKey.of({ virtualHost, application, name }, APPLICATIONS);
  if (typeof key === "string") throw new Error(key);
  return key;
}

export function streamFacts(facts: Partial<StreamFacts> = {}): StreamFacts {
  return {
    kind: "publish",
    key: keyOf("live", "cam"),
    query: "key=s3cret",
    type: "live",
    start: "any",
    elapsedMs: 0,
    ...facts,
  };
}

const RECORDING: RecordingFacts = {
  root: "/var/recordings",
  file: "live/cam & more.flv",
  startedMs: 1_740_562_000_000,
  durationMs: 61_500,
  bytes: 7_000_000,
  reason: "unpublished",
};

/** An event of ffmpeg as publisher, in the session 0123456789ab. */
export function hookCall(event: HookEvent, call: Partial<HookCall> = {}): HookCall {
  return {
    event,
    serverId: "aabbccddeeff",
    session: {
      id: "0123456789ab",
      transport: "rtmp",
      remoteAddress: "192.0.2.7",
      remotePort: 50_000,
      identity: undefined,
      bytesReceived: 3_000,
      bytesSent: 400,
    },
    connect: {
      virtualHost: "host",
      application: "live",
      query: "",
      tcUrl: "rtmp://host:1935/live",
      pageUrl: "",
      swfUrl: "",
      flashVersion: "FMLE/3.0 (compatible; Lavf59.27.100)",
    },
    virtualHost: "",
    application: "live",
    stream: event === "connect" || event === "close" ? undefined : streamFacts(),
    recording: event.startsWith("recording") ? RECORDING : undefined,
    seq: 1,
    timeMs: 1_740_562_218_500,
    reason: undefined,
    ...call,
  };
}
