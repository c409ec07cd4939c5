import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@headgate/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { ffmpegPlayer } from "../support/players.ts";
import { areMissing, ffmpeg, ffprobe } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import type { Recording } from "../support/recording.ts";

const PAGE = readFileSync(new URL("../../docs/hooks.md", import.meta.url), "utf8");

const DIALECTS = ["headgate", "srs", "nginx-rtmp", "mediamtx"] as const;
type Dialect = (typeof DIALECTS)[number];

/** What allows a publisher, and what does not, in the programs of the manual. */
const QUERIES: Readonly<Record<Dialect, readonly [good: string, bad: string]>> = {
  headgate: ["key=s3cret", "key=wr0ng"],
  srs: ["key=s3cret", "key=wr0ng"],
  "nginx-rtmp": ["key=s3cret", "key=wr0ng"],
  mediamtx: ["user=me&pass=s3cret", "user=me"],
};

let server: HeadgateServer;
const receivers = new Map<Dialect, Child>();

beforeAll(async () => {
  const ports = new Map<Dialect, number>();
  for (const dialect of DIALECTS) ports.set(dialect, await freePort());
  server = await startHeadgate({
    log: { level: "trace", format: "json" },
    applications: Object.fromEntries(
      DIALECTS.map((dialect) => {
        const url = `http://127.0.0.1:${ports.get(dialect)}/hook?token=t0ken`;
        const events = dialect === "mediamtx" ? undefined : ["publish", "play", "unpublish", "stop"];
        return [dialect, { resumeWindow: "0s", hooks: [{ url, dialect, events, secret: "s1gned" }] }];
      }),
    ),
  });
  for (const [dialect, port] of ports) {
    const file = server.file(`${dialect}.mjs`);
    writeFileSync(file, programOf(dialect));
    receivers.set(dialect, new Child(process.execPath, [file], { environment: { PORT: String(port) } }));
  }
}, 60_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

/** The program of the manual. */
function programOf(dialect: Dialect): string {
  const program = new RegExp(`\`\`\`js\n// ${dialect}\n(.*?)\`\`\``, "s").exec(PAGE)?.[1];
  if (!program) throw new Error(`the manual has no program for ${dialect}`);
  return program;
}

/** Two seconds. */
const MEDIA = [...picture(), ...sound(), "-t", "2", ...h264(), ...audio("aac")];

test.skipIf(areMissing(ffmpeg, ffprobe))(
  "hooks as the manual has them decide whether ffmpeg may publish, in each dialect",
  async () => {
    const file = encoded(MEDIA);
    await Promise.all(DIALECTS.map((dialect) => publishAndPlay(dialect, file)));
    await until(() => receivers.get("headgate")!.output.includes("unpublish"));
    const told = receivers.get("headgate")!.output.matchAll(/\d+: (\w+) /g);
    expect([...told].map(([, event]) => event)).toEqual(
      expect.arrayContaining(["publish", "play", "unpublish", "stop"]),
    );
    expect(server.log(Number.POSITIVE_INFINITY)).not.toMatch(/s3cret|wr0ng|t0ken|s1gned/);
  },
  90_000,
);

async function publishAndPlay(dialect: Dialect, file: string): Promise<void> {
  const [good, bad] = QUERIES[dialect];
  const refused = await publishWithFfmpeg(
    file,
    server.url(dialect, `cam?${bad}`),
    server.file(`${dialect}-no.flv`),
  );
  expect((await refused.end(60_000)).code).not.toBe(0);
  const name = dialect === "nginx-rtmp" ? "renamed" : "cam";
  const player = ffmpegPlayer.start(server.url(dialect, name), server.file(dialect));
  const playing = new RegExp(`"stream":"${dialect}/${name}"[^\\n]*"playing"`);
  await until(() => playing.test(server.log(Number.POSITIVE_INFINITY)));
  const reference = server.file(`${dialect}.flv`);
  const publisher = await publishWithFfmpeg(file, server.url(dialect, `cam?${good}`), reference);
  expect((await publisher.end(60_000)).code).toBe(0);
  await player.end(60_000);
  expect(packetsIn(await ffmpegPlayer.read(server.file(dialect)))).toEqual(
    packetsIn(await ffmpegPlayer.readReference(reference)),
  );
}

function packetsIn({ packets }: Recording): readonly string[] {
  return packets.map(({ stream, dts, hash }) => `${stream} ${dts} ${hash}`);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(50);
}
