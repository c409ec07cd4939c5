import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { afterAll, describe, expect, test, vi } from "vitest";
import { AccessClient } from "../support/access-client.ts";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { ffmpegPlayer } from "../support/players.ts";
import { areMissing, ffmpeg, ffprobe } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { readFlvFile } from "../support/recording.ts";
import { whyNotWhole } from "../support/runs.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
/** On a busy machine a program needs seconds to start, and players wait ten for a publisher that has left. */
const PATIENCE = { timeout: 60_000, interval: 100 };
const SECONDS = 4;

const client = new AccessClient();

/** An example that runs in a folder and on ports of its own. */
class Example {
  readonly folder: string = mkdtempSync(join(tmpdir(), "headgate-examples-"));
  #port = 0;
  #child!: Child;

  static async start(name: string): Promise<Example> {
    const example = new Example();
    await example.#start(name);
    return example;
  }

  get output(): string {
    return this.#child.output;
  }

  get errors(): string {
    return this.#child.errors;
  }

  url(path: string): string {
    return `rtmp://127.0.0.1:${this.#port}/${path}`;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  publish(path: string): Promise<Child> {
    const file = encoded([
      ...[...picture(), "-t", String(SECONDS)],
      ...[...sound(), "-t", String(SECONDS)],
      ...[...h264(), ...audio("aac")],
    ]);
    return publishWithFfmpeg(file, this.url(path), this.file("reference.flv"));
  }

  async stop(): Promise<void> {
    const { code, signal } = await this.#child.stop();
    rmSync(this.folder, { recursive: true });
    expect([code, signal]).toEqual([0, undefined]);
  }

  async #start(name: string): Promise<void> {
    this.#port = await freePort();
    const environment = {
      ...process.env,
      PORT: String(this.#port),
      ADMIN_PORT: String(await freePort()),
    };
    this.#child = new Child(process.execPath, [`${EXAMPLES}${name}.mjs`], {
      environment,
      folder: this.folder,
    });
    await vi.waitUntil(async () => {
      if (this.#child.hasExited) throw new Error(this.#child.output + this.#child.errors);
      const health = fetch(`http://127.0.0.1:${environment.ADMIN_PORT}/healthz`);
      return (await health.catch(() => undefined))?.ok;
    }, PATIENCE);
  }
}

afterAll(killEveryChild);

function testExample(name: string, what: string, work: (example: Example) => Promise<void>): void {
  test.concurrent(`${name}.mjs ${what}`, async () => {
    const example = await Example.start(name);
    await work(example).finally(() => example.stop());
  });
}

test("each example is tested here", () => {
  const names = readdirSync(EXAMPLES).filter((name) => name.endsWith(".mjs"));
  expect(names.sort()).toEqual(["keys.mjs", "radio.mjs", "record.mjs", "veto.mjs", "viewers.mjs"]);
});

describe.skipIf(areMissing(ffmpeg, ffprobe))("with ffmpeg", { timeout: 180_000 }, () => {
  testExample("keys", "lets publish with the key of a stream alone", async (example) => {
    const answer = (path: string) => client.answer("publish", example.url(path));
    expect(await answer("live/studio")).toContain("This key is not for this stream.");
    expect(await answer("live/van?key=k3y-of-studio")).toContain("This key is not for this stream.");
    expect(await answer("live/studio?key=k3y-of-studio")).toBe("granted");
    const { code } = await (await example.publish("live/studio?key=k3y-of-studio")).exited;
    expect(code).toBe(0);
    expect(example.output).toContain("PLUGIN_DENIED");
    expect(example.output).not.toContain("k3y-of");
  });

  testExample("record", "records every message that was published", async (example) => {
    const { code, signal } = await (await example.publish("live/cam")).exited;
    expect([code, signal]).toEqual([0, undefined]);
    await vi.waitUntil(() => example.output.includes("recorded live/cam"), PATIENCE);
    const recorded = readdirSync(example.folder).find((name) => /^live-cam-\d+\.flv$/.test(name));
    const [before, after] = [
      await readFlvFile(example.file("reference.flv")),
      await readFlvFile(example.file(recorded!)),
    ];
    expect(whyNotWhole(before, after, { from: "start" })).toBeUndefined();
    expect(after.packets.length).toBe(before.packets.length);
  });

  testExample("record", "goes on when a file cannot be written", async (example) => {
    const name = "x".repeat(300);
    const { code } = await (await example.publish(`live/${name}`)).exited;
    expect(code).toBe(0);
    await vi.waitUntil(() => example.errors.includes("is not whole: Error: ENAMETOOLONG"), PATIENCE);
    await (await example.publish("live/cam")).exited;
    await vi.waitUntil(() => example.output.includes("recorded live/cam"), PATIENCE);
    expect(example.output).not.toContain(`recorded live/${name}`);
  });

  testExample("radio", "publishes the sound once more", async (example) => {
    const output = example.file("radio.txt");
    const player = ffmpegPlayer.start(example.url("radio/cam"), output);
    const publisher = await example.publish("live/cam");
    await publisher.exited;
    const { code } = await player.end(PATIENCE.timeout);
    expect([code, player.errors]).toEqual([0, ""]);
    const heard = (await ffmpegPlayer.read(output)).packets;
    const said = new Set(
      (await ffmpegPlayer.readReference(example.file("reference.flv"))).packets.map(({ hash }) => hash),
    );
    expect(heard.length).toBeGreaterThan(100);
    expect(new Set(heard.map(({ stream }) => stream)).size).toBe(1);
    expect(heard.filter(({ hash }) => !said.has(hash))).toEqual([]);
  });

  testExample("veto", "refuses the third player", async (example) => {
    const publisher = await example.publish("live/cam");
    const players = [1, 2].map((number) =>
      ffmpegPlayer.start(example.url("live/cam"), example.file(`player${number}.txt`)),
    );
    await vi.waitUntil(() => example.output.match(/plays live\/cam/g)?.length === 2, PATIENCE);
    expect(await client.answer("play", example.url("live/cam"))).toContain("Only 2 may watch at a time.");
    await publisher.exited;
    for (const player of players) expect((await player.end(PATIENCE.timeout)).code).toBe(0);
    expect(await client.answer("play", example.url("live/cam"))).toBe("granted");
  });

  testExample("viewers", "counts viewers and knows the codecs", async (example) => {
    const publisher = await example.publish("live/cam");
    const player = ffmpegPlayer.start(example.url("live/cam"), example.file("player.txt"));
    await vi.waitUntil(() => /^live\/cam: 1 viewers, H\.264 AAC$/m.test(example.output), PATIENCE);
    expect(example.output).toMatch(/^\+ live\/cam from (::ffff:)?127\.0\.0\.1$/m);
    await publisher.exited;
    await player.end(PATIENCE.timeout);
    await vi.waitUntil(() => example.output.includes("- live/cam"), PATIENCE);
  });
});
