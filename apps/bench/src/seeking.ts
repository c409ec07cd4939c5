import { randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlvWriter } from "@headgate/flv-file";
import { Fmp4Writer } from "@headgate/fmp4";
import { ClientHandshake } from "@headgate/handshake";
import { configurationsOf, Histogram, type MediaOptions, SyntheticMedia } from "@headgate/load";
import { type Message, MessageType } from "@headgate/message";
import { ScriptedPeer } from "@headgate/scripted-peer";
import { machineAndDate } from "./machine.ts";
import { markdownTable } from "./markdown-table.ts";
import { prepareResults, writeResults } from "./results.ts";
import { headgateWith } from "./servers.ts";

export interface SeekingOptions {
  readonly minutes: number;
  readonly seeks: number;
  readonly media: MediaOptions;
  readonly results: string | undefined;
}

/** A frame that takes longer never comes. */
const FRAME_WITHIN_MS = 10_000;

const FORMATS = ["mp4", "flv"] as const;

/** How long a player of a long recording waits for its first frame, and for the frame at another place. */
export async function seeking({ minutes, seeks, media, results }: SeekingOptions): Promise<void> {
  prepareResults(results);
  const folder = mkdtempSync(join(tmpdir(), "bench-seeking-"));
  try {
    for (const format of FORMATS) writeFilm(format, join(folder, `film.${format}`), minutes, media);
    const rows: string[][] = [];
    for (const format of FORMATS) rows.push(await measure(format, folder, minutes, seeks));
    const text = `Recordings of ${minutes} minutes, ${(media.bitrate / 1e6).toFixed(1)} Mb/s and sound, ${seeks} seeks each; ${machineAndDate()}

${markdownTable(["file", "opened the first time, ms", "again, ms", "seek p50, ms", "p99, ms", "longest, ms"], rows)}`;
    process.stdout.write(text);
    writeResults(results, { "seeking.md": text });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(format: string, folder: string, minutes: number, seeks: number): Promise<string[]> {
  const server = await headgateWith({ applications: { films: { vod: folder } } }).start();
  try {
    const name = `${format}:film.${format}`;
    const first = await Player.open(server.port, name);
    first.close();
    const player = await Player.open(server.port, name);
    const times = new Histogram();
    for (let index = 0; index < seeks; index += 1)
      times.add(await player.seek(Math.floor(Math.random() * minutes * 60_000)));
    player.close();
    return [
      `film.${format}`,
      ...[first.openedMs, player.openedMs, times.percentile(50), times.percentile(99), times.maxMs].map(
        (ms) => ms.toFixed(1),
      ),
    ];
  } finally {
    await server.stop();
  }
}

/** Plays a recording, and measures how long it waits for frames. */
class Player {
  openedMs = 0;
  readonly #socket: Socket;
  readonly #peer: ScriptedPeer;
  #onFrame: (() => void) | undefined;
  /** Frames that come before the answer are those from before the seek. */
  #isAnswered = false;

  private constructor(port: number) {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const handshake = new ClientHandshake({ random: randomBytes, kind: "simple" });
    this.#socket = socket;
    this.#peer = new ScriptedPeer(handshake, (bytes) => socket.write(bytes));
    this.#peer.onCommand = ([, , , info]) => {
      const { code } = (info ?? {}) as { code?: string };
      if (code === "NetStream.Seek.Notify" || code === "NetStream.Play.Start") this.#isAnswered = true;
    };
    socket.on("data", (bytes) => {
      this.#peer.receive(bytes);
      const heard = this.#peer.messages.splice(0);
      if (this.#isAnswered && heard.some(isFrame)) this.#onFrame?.();
    });
    this.#peer.start();
  }

  /** Resolves when the first frame is there. */
  static async open(port: number, name: string): Promise<Player> {
    const player = new Player(port);
    player.#peer.connect("films");
    player.openedMs = await player.#untilFrame(() => player.#peer.play(name));
    return player;
  }

  /** Returns how long it took until a frame from there had come. Milliseconds. */
  seek(positionMs: number): Promise<number> {
    return this.#untilFrame(() => this.#peer.command(1, "seek", 0, null, positionMs));
  }

  close(): void {
    this.#socket.destroy();
  }

  #untilFrame(ask: () => void): Promise<number> {
    this.#isAnswered = false;
    const askedMs = performance.now();
    ask();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no frame within ${FRAME_WITHIN_MS / 1000} s`)),
        FRAME_WITHIN_MS,
      );
      this.#onFrame = () => {
        clearTimeout(timer);
        this.#onFrame = undefined;
        resolve(performance.now() - askedMs);
      };
    });
  }
}

function isFrame({ type, payload }: Message): boolean {
  return type === MessageType.video && payload[1] === 1;
}

function writeFilm(format: "mp4" | "flv", path: string, minutes: number, media: MediaOptions): void {
  const file = openSync(path, "w");
  const synthetic = new SyntheticMedia(media);
  const startedMs = Date.now();
  const writer = format === "mp4" ? new Fmp4Writer({ startedMs }) : new FlvWriter({ startedMs });
  const append = (pieces: readonly Uint8Array[]): void => {
    for (const piece of pieces) writeSync(file, piece);
  };
  for (const message of configurationsOf(media)) writer.write({ ...message, messageStreamId: 1 });
  for (let second = 0; second < minutes * 60; second += 1) {
    for (const message of synthetic.due(second * 1000)) writer.write({ ...message, messageStreamId: 1 });
    append(writer.take());
  }
  const end = writer.finish();
  append(end.tail);
  const patches = "patch" in end ? [end.patch] : end.patches;
  for (const { position, bytes } of patches) writeSync(file, bytes, 0, bytes.length, position);
  closeSync(file);
}
