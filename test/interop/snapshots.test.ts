import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";

const MEDIA = [...picture(), ...sound(), "-t", "20", ...h264(), ...audio("aac")];

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    workers: 3,
    applications: { live: {}, paid: { play: { key: "sesame" } } },
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

/** What ffmpeg decodes: a hash of each frame. */
function decoded(file: string): string[] {
  const { output } = run("ffmpeg", [
    ...["-nostdin", "-v", "error", "-i", file, "-map", "0:v"],
    ...["-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  return output.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",").at(-1)!.trim()] : []));
}

const snapshot = (path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port(0)}/${path}`, { headers: { connection: "close" } });

describe.skipIf(areMissing(ffmpeg))("a live stream", () => {
  test("has a picture of now in every worker, which is one of its keyframes", async () => {
    const source = encoded(MEDIA);
    const publisher = await publishWithFfmpeg(
      source,
      server.url("live", "cam"),
      server.file("reference.flv"),
    );
    await vi.waitFor(async () => expect((await snapshot("live/cam/snapshot.mp4")).status).toBe(200), {
      timeout: 30_000,
      interval: 100,
    });
    const replies = await Promise.all(Array.from({ length: 9 }, () => snapshot("live/cam/snapshot.mp4")));
    const keyframes = decoded(source).filter((_, at) => at % 25 === 0);
    for (const [at, reply] of replies.entries()) {
      expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "video/mp4"]);
      const file = server.file(`snapshot-${at}.mp4`);
      writeFileSync(file, new Uint8Array(await reply.arrayBuffer()));
      const [frame, ...others] = decoded(file);
      expect(others).toEqual([]);
      expect(keyframes).toContain(frame);
    }
    publisher.signal("SIGKILL");
  }, 90_000);

  test("of which nobody may know shows nothing without credentials", async () => {
    const reply = await snapshot("paid/cam/snapshot.mp4");
    expect([reply.status, (await reply.text()).split(":")[0]]).toEqual([401, "CREDENTIALS_MISSING"]);
  });

  test("that is not there has none", async () => {
    const reply = await snapshot("live/none/snapshot.mp4");
    expect([reply.status, (await reply.text()).split(":")[0]]).toEqual([404, "SNAPSHOT_UNAVAILABLE"]);
    expect((await snapshot("unknown/cam/snapshot.mp4")).status).toBe(404);
  }, 30_000);
});
