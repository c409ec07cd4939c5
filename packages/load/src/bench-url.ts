import type { Target } from "./carrier.ts";

/** Where to publish and to play, and over what. */
export interface BenchUrl extends Target {
  readonly isRtmpe: boolean;
  readonly application: string;
  readonly stream: string;
  readonly tcUrl: string;
}

const SCHEMES = {
  rtmp: { isTls: false, isTunnel: false, isRtmpe: false, port: 1935 },
  rtmps: { isTls: true, isTunnel: false, isRtmpe: false, port: 443 },
  rtmpt: { isTls: false, isTunnel: true, isRtmpe: false, port: 80 },
  rtmpts: { isTls: true, isTunnel: true, isRtmpe: false, port: 443 },
  rtmpe: { isTls: false, isTunnel: false, isRtmpe: true, port: 1935 },
  rtmpte: { isTls: false, isTunnel: true, isRtmpe: true, port: 80 },
} as const;

/** Reads `rtmp://HOST[:PORT]/APPLICATION/STREAM`, of any of the six transports. Throws an Error with a sentence. */
export function parseBenchUrl(text: string): BenchUrl {
  const [, scheme = "", host = "", port, application = "", stream = ""] =
    /^(rtmp[a-z]*):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/(.+)\/([^/]+)$/.exec(text) ?? [];
  if (!Object.hasOwn(SCHEMES, scheme)) {
    throw new Error(
      `${text} is not like rtmp://HOST[:PORT]/APPLICATION/STREAM (${Object.keys(SCHEMES).join(", ")})`,
    );
  }
  const { port: usualPort, ...way } = SCHEMES[scheme as keyof typeof SCHEMES];
  const number = Number(port ?? usualPort);
  const tcUrl = `rtmp://${host}:${number}/${application}`;
  return { ...way, host: host.replace(/^\[|\]$/g, ""), port: number, application, stream, tcUrl };
}
