import { type Contender, contender, floorContender, type Load, OVER_TLS } from "./contender.ts";
import type { Demand } from "./demand.ts";
import {
  headgate,
  headgateWith,
  nginxRtmp,
  nginxStreamTls,
  nodeMediaServer,
  nodeMediaServerTls,
  srs,
} from "./servers.ts";

type Names = readonly [first: string, ...others: string[]];

/** One load, the servers that it is put on, and what is demanded of the first of them. */
export interface Case {
  readonly name: string;
  readonly load: Pick<Load, "publishers" | "viewers" | "media">;
  /** Names of {@link CONTENDERS}. */
  readonly contenders: Names;
  readonly bar: readonly Demand[];
}

/** Writes to viewers are as far apart over every transport and in every worker, whatever each costs. */
const ONE_WINDOW = { merge: { maxWindow: "100ms", targetUtilizationPercent: 1 } };

type MakeContender = (load: Load, name: string, srsProgram: string | undefined) => Contender;

/** Every server of the cases, and how its viewers come. */
const CONTENDERS: Readonly<Record<string, MakeContender>> = {
  Headgate: (load, name) => contender(load, name, headgate),
  "Headgate, latency": (load, name) => contender(load, name, headgateWith({ merge: "latency" })),
  "Headgate, one window": (load, name) => contender(load, name, headgateWith(ONE_WINDOW)),
  "Headgate, two workers": (load, name) => contender(load, name, headgateWith({ ...ONE_WINDOW, workers: 2 })),
  "Headgate, RTMPT": (load, name) => contender(load, name, headgateWith(ONE_WINDOW), { scheme: "rtmpt" }),
  "Headgate, RTMPE": (load, name) => contender(load, name, headgateWith(ONE_WINDOW), { scheme: "rtmpe" }),
  "Headgate, RTMPS": (load, name) => contender(load, name, headgate, { scheme: "rtmps" }),
  "nginx-rtmp": (load, name) => contender(load, name, nginxRtmp),
  "nginx-rtmp behind nginx's TLS": (load, name) => contender(load, name, nginxStreamTls, OVER_TLS),
  "node-media-server": (load, name) => contender(load, name, nodeMediaServer),
  "node-media-server, RTMPS": (load, name) => contender(load, name, nodeMediaServerTls, OVER_TLS),
  SRS: (load, name, srsProgram) => contender(load, name, srs(srsProgram, 350)),
  "SRS, 100 ms": (load, name, srsProgram) => contender(load, name, srs(srsProgram, 100)),
  "SRS, min_latency": (load, name, srsProgram) => contender(load, name, srs(srsProgram, "min_latency")),
  "the floor": (load, name) => floorContender(load, name),
  "the floor, TLS": (load, name) => floorContender(load, name, true),
};

/** SRS comes in no package: its program is named, or it is missing. */
export function contendersOf(
  { contenders }: Case,
  load: Load,
  srsProgram: string | undefined,
): readonly Contender[] {
  return contenders.map((name) => CONTENDERS[name]!(load, name, srsProgram));
}

const MEDIA = { bitrate: 2_500_000, framesPerSecond: 30, keyframeSeconds: 2 };
/** 1 Mb/s with its sound. */
const SMALL = { ...MEDIA, bitrate: 872_000 };
const LARGE = { ...MEDIA, bitrate: 50_000_000 };
const SOUND_ALONE = { ...MEDIA, bitrate: 0, soundBitrate: 32_000 };

const BESIDE_SERVERS: Names = ["Headgate", "nginx-rtmp", "node-media-server", "SRS"];
const BESIDE_ALL: Names = [...BESIDE_SERVERS, "SRS, 100 ms", "the floor"];

const PROMPT: readonly Demand[] = [
  { figure: "latency ms, 50%", most: 20 },
  { figure: "latency ms, 99%", most: 60 },
];

const SMALL_PUBLISHERS: Demand = { figure: "MiB a publisher", most: 1 };

export const CASES: readonly Case[] = [
  {
    name: "50 viewers",
    load: { viewers: 50, media: MEDIA },
    contenders: BESIDE_ALL,
    bar: [{ figure: "CPU s/GB", times: 1.2, of: "nginx-rtmp" }, ...PROMPT],
  },
  {
    name: "100 viewers",
    load: { viewers: 100, media: MEDIA },
    contenders: BESIDE_ALL,
    bar: [{ figure: "CPU s/GB", times: 1, of: "nginx-rtmp" }, ...PROMPT],
  },
  {
    name: "200 viewers",
    load: { viewers: 200, media: MEDIA },
    contenders: BESIDE_ALL,
    bar: [{ figure: "CPU s/GB", times: 1, of: "nginx-rtmp" }, ...PROMPT],
  },
  {
    name: "100 viewers, at once",
    load: { viewers: 100, media: MEDIA },
    contenders: ["Headgate, latency", "node-media-server", "SRS, min_latency"],
    bar: [
      { figure: "CPU s/GB", times: 1, of: "node-media-server" },
      { figure: "latency ms, 50%", most: 3 },
      { figure: "latency ms, 99%", most: 15 },
    ],
  },
  {
    name: "1,000 viewers",
    load: { viewers: 1_000, media: MEDIA },
    contenders: BESIDE_ALL,
    bar: [
      { figure: "CPU s/GB", times: 0.75, of: "SRS, 100 ms" },
      { figure: "CPU s/GB", times: 1.5, of: "the floor" },
    ],
  },
  {
    name: "5,000 viewers",
    load: { viewers: 5_000, media: MEDIA },
    contenders: ["Headgate", "nginx-rtmp", "SRS", "the floor"],
    bar: [
      { figure: "viewers not whole", most: 0 },
      { figure: "CPU s/GB", times: 1.15, of: "the floor" },
      { figure: "latency ms, 99%", most: 500 },
      { figure: "MiB", most: 200 },
    ],
  },
  {
    name: "10,000 viewers",
    load: { viewers: 10_000, media: MEDIA },
    contenders: ["Headgate", "SRS", "the floor"],
    bar: [{ figure: "viewers not whole", most: 0 }],
  },
  {
    name: "1 publisher, no viewers",
    load: { publishers: 1, viewers: 0, media: SMALL },
    contenders: BESIDE_SERVERS,
    bar: [{ figure: "CPU %", most: 1 }],
  },
  {
    name: "50 publishers, no viewers",
    load: { publishers: 50, viewers: 0, media: SMALL },
    contenders: BESIDE_SERVERS,
    bar: [{ figure: "CPU %", times: 1, of: "SRS" }, SMALL_PUBLISHERS],
  },
  {
    name: "200 publishers, no viewers",
    load: { publishers: 200, viewers: 0, media: SMALL },
    contenders: BESIDE_SERVERS,
    bar: [
      { figure: "CPU %", times: 1, of: "SRS" },
      { figure: "CPU %", times: 1.6, of: "nginx-rtmp" },
      SMALL_PUBLISHERS,
    ],
  },
  {
    name: "500 publishers, no viewers",
    load: { publishers: 500, viewers: 0, media: SMALL },
    contenders: BESIDE_SERVERS,
    bar: [
      { figure: "CPU %", times: 1, of: "SRS" },
      { figure: "CPU %", times: 2.7, of: "nginx-rtmp" },
      SMALL_PUBLISHERS,
    ],
  },
  {
    name: "200 publishers, 3 viewers each",
    load: { publishers: 200, viewers: 600, media: SMALL },
    contenders: BESIDE_SERVERS,
    bar: [{ figure: "CPU s/GB", times: 1, of: "nginx-rtmp" }],
  },
  {
    name: "50 Mb/s, 20 viewers",
    load: { viewers: 20, media: LARGE },
    contenders: [...BESIDE_SERVERS, "the floor"],
    bar: [{ figure: "CPU s/GB", times: 1, of: "nginx-rtmp" }],
  },
  {
    name: "sound alone, 2,000 viewers",
    load: { viewers: 2_000, media: SOUND_ALONE },
    contenders: BESIDE_ALL,
    bar: [{ figure: "CPU s/GB", times: 1, of: "nginx-rtmp" }],
  },
  {
    name: "500 viewers over RTMPS",
    load: { viewers: 500, media: MEDIA },
    contenders: [
      "Headgate, RTMPS",
      "nginx-rtmp behind nginx's TLS",
      "node-media-server, RTMPS",
      "the floor, TLS",
    ],
    bar: [
      { figure: "CPU s/GB", times: 1.5, of: "the floor, TLS" },
      { figure: "KiB a viewer", most: 120 },
    ],
  },
  {
    name: "500 viewers over RTMPT and RTMPE",
    load: { viewers: 500, media: MEDIA },
    contenders: ["Headgate, RTMPT", "Headgate, RTMPE", "Headgate, one window"],
    bar: [
      { figure: "CPU s/GB", times: 1.5, of: "Headgate, one window" },
      { by: "Headgate, RTMPE", figure: "CPU s/GB", times: 1.25, of: "Headgate, one window", plus: "RC4" },
    ],
  },
  {
    // Had each worker a processor, two would deliver 1.7 times as much as one at this cost.
    name: "two workers, 1,000 viewers",
    load: { viewers: 1_000, media: MEDIA },
    contenders: ["Headgate, two workers", "Headgate, one window"],
    bar: [{ figure: "CPU s/GB", times: 2 / 1.7, of: "Headgate, one window" }],
  },
];
