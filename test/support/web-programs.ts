import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Child } from "./child-processes.ts";
import { audio, encoded, h264, picture, sound } from "./media.ts";
import type { Player } from "./players.ts";
import { areMissing, curl, ffmpeg, gstreamer, type Program } from "./programs.ts";
import { type Publisher, publishWithFfmpeg } from "./publishers.ts";
import { readFlvFile } from "./recording.ts";

/** Plays and publishes FLV over a WebSocket: see its first lines. */
const WEB_SOCKET_SCRIPT = fileURLToPath(new URL("web-socket-flv.mjs", import.meta.url));

const webSocketClient: Program = {
  name: "undici's WebSocket",
  version: "7",
  needed: "plays and publishes over WebSockets",
  install: "npm ci",
};

function flvWriter(program: Program, title: string, start: Player["start"]): Player {
  return {
    title,
    isMissing: areMissing(program),
    cannotPlay: () => undefined,
    start,
    read: readFlvFile,
    readReference: readFlvFile,
    mayLoseAtEnd: 0,
  };
}

export const curlPlayer: Player = flvWriter(
  curl,
  "curl",
  (url, file) => new Child("curl", ["-sSf", "-o", file, url]),
);

export const gstreamerHttpPlayer: Player = flvWriter(
  gstreamer,
  "GStreamer",
  (url, file) =>
    new Child("gst-launch-1.0", [
      "-q",
      "souphttpsrc",
      `location=${url}`,
      "!",
      "filesink",
      `location=${file}`,
    ]),
);

export const webSocketPlayer: Player = flvWriter(
  webSocketClient,
  webSocketClient.name,
  (url, file) => new Child(process.execPath, [WEB_SOCKET_SCRIPT, "play", url, file]),
);

const SECONDS = 7;
const H264_AAC = [...picture(), ...sound(), "-t", `${SECONDS}`, ...h264(), ...audio("aac")];

const common = { media: "H.264/AAC", isEnhanced: false } as const;

/** By POST, in chunks. */
export const ffmpegHttpPublisher: Publisher = {
  ...common,
  program: ffmpeg,
  isMissing: areMissing(ffmpeg),
  start: (url, reference) => publishWithFfmpeg(encoded(H264_AAC), url, reference, ["-method", "POST"]),
};

/** By PUT, with the length of the body. */
export const curlPublisher: Publisher = {
  ...common,
  program: curl,
  isMissing: areMissing(curl, ffmpeg),
  start: async (url, reference) => {
    copyFileSync(encoded(["-i", encoded(H264_AAC), "-c", "copy"], "flv"), reference);
    return new Child("curl", ["-sSf", "--limit-rate", "25k", "-T", reference, url]);
  },
};

export const webSocketPublisher: Publisher = {
  ...common,
  program: webSocketClient,
  isMissing: areMissing(ffmpeg),
  start: async (url, reference) => {
    copyFileSync(encoded(["-i", encoded(H264_AAC), "-c", "copy"], "flv"), reference);
    return new Child(process.execPath, [WEB_SOCKET_SCRIPT, "publish", reference, url]);
  },
};
