import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import {
  areMissing,
  ffmpeg,
  ffprobe,
  LIBRTMP_RECORD_SCRIPT,
  PYTHON,
  pythonLibrtmp,
} from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { SocketPeer } from "../support/socket-peer.ts";

/** A machine that runs other tests takes its time. */
const soon = (check: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 100 });

const MEDIA = [
  ...picture(),
  ...sound(),
  "-t",
  "3",
  ...h264(),
  ...audio("aac"),
  "-flvflags",
  "no_duration_filesize",
];

const RECORDED = ["NetStream.Publish.Start", "NetStream.Record.Start"];
const ENDED = ["NetStream.Record.Stop", "NetStream.Unpublish.Success"];

let root: string;
let server: HeadgateServer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-asked-"));
  // Where its folder would be is a file, so that nothing can be recorded.
  writeFileSync(join(root, "blocked"), "");
  const record = { format: "flv", name: "{app}/{stream}" };
  server = await startHeadgate({
    recording: { root },
    applications: {
      "*": { resumeWindow: "0s" },
      asked: { record: { ...record, when: "asked", streams: "cam*" } },
      always: { record },
      blocked: { record: { ...record, when: "asked" } },
    },
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  rmSync(root, { recursive: true });
});

interface Listed {
  readonly file: string;
  readonly state: string;
  readonly recording: string;
  readonly positionMs: number;
  readonly durationMs: number;
}

/** What the API lists of a stream, the newest first. */
async function listed(stream: string): Promise<readonly Listed[]> {
  const reply = await fetch(server.adminUrl(`/api/v1/recordings?stream=${stream}`));
  return ((await reply.json()) as { recordings: readonly Listed[] }).recordings;
}

/** A hash of each packet of the picture, as it is. */
function packets(file: string): string[] {
  const output = ["-map", "0:v", "-c", "copy", "-f", "framehash", "-hash", "md5", "-"];
  const { output: text } = run("ffmpeg", ["-nostdin", "-v", "error", "-i", file, ...output]);
  return text.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",").at(-1)!.trim()] : []));
}

/** Publishes with librtmp; returns the codes that it was told. */
async function publishAs(type: string, application: string, stream: string): Promise<readonly string[]> {
  const url = server.url(application, "").slice(0, -1);
  const file = encoded(MEDIA, "flv");
  const child = new Child(PYTHON, [LIBRTMP_RECORD_SCRIPT, url, stream, type, file]);
  await child.end(60_000);
  return child.output.split("\n").flatMap((line) => line.split(" ").slice(1));
}

describe.skipIf(areMissing(ffmpeg, ffprobe, pythonLibrtmp))("a publisher with librtmp", () => {
  test.concurrent("that asks for it is recorded, packet for packet, and told so", async () => {
    expect(await publishAs("record", "asked", "cam")).toEqual([...RECORDED, ...ENDED]);
    await soon(async () => expect(await listed("asked/cam")).toMatchObject([{ state: "complete" }]));
    const frames = packets(join(root, "asked/cam.flv"));
    expect(frames).toEqual(packets(encoded(MEDIA, "flv")));
    expect(frames.length).toBe(75);
  }, 90_000);

  test.concurrent("that appends goes on with its newest recording in another file", async () => {
    // The file of the one before may still be being finished.
    for (const type of ["record", "append", "appendWithGap"])
      expect(await publishAs(type, "asked", "cam-more")).toEqual([...RECORDED, ...ENDED]);
    await soon(async () =>
      expect((await listed("asked/cam-more")).map(({ state }) => state)).toEqual(Array(3).fill("complete")),
    );
    const [gap, appended, first] = (await listed("asked/cam-more")) as [Listed, Listed, Listed];
    expect([first.positionMs, appended.positionMs]).toEqual([0, first.durationMs]);
    expect(gap.positionMs).toBeGreaterThanOrEqual(appended.positionMs + appended.durationMs);
    for (const { recording } of [gap, appended, first]) expect(recording).toBe("asked/cam-more.flv");
    for (const { file } of [gap, appended, first]) expect(packets(join(root, file)).length).toBe(75);
  }, 90_000);

  test.concurrent("is told so as well where everything is recorded", async () => {
    expect(await publishAs("record", "always", "cam")).toEqual([...RECORDED, ...ENDED]);
    await soon(() => expect(existsSync(join(root, "always/cam.flv"))).toBe(true));
  }, 90_000);

  test.concurrent.each([
    ["off", "cam"],
    ["asked", "other"],
  ])(
    "is refused by %s/%s, which is not recorded",
    async (application, stream) => {
      expect(await publishAs("record", application, stream)).toEqual(["NetStream.Record.NoAccess"]);
      expect(existsSync(join(root, application, `${stream}.flv`))).toBe(false);
    },
    60_000,
  );
});

describe.skipIf(areMissing(ffmpeg))("where streams are recorded when they are asked for", () => {
  test.concurrent("what ffmpeg publishes is not recorded: it cannot ask", async () => {
    const child = await publishWithFfmpeg(
      encoded(MEDIA, "flv"),
      server.url("asked", "cam-live"),
      server.file("live.flv"),
    );
    expect((await child.end(60_000)).code, child.errors).toBe(0);
    expect(await listed("asked/cam-live")).toEqual([]);
    expect(existsSync(join(root, "asked/cam-live.flv"))).toBe(false);
  }, 60_000);
});

test("a publisher whose recording fails is told so, goes on, and is told when it is recorded again", async () => {
  const peer = SocketPeer.dial(server.port(0));
  peer.answersPings = true;
  const codes = (): unknown[] =>
    peer.commands.flatMap(([name, , , info]) =>
      name === "onStatus" ? [(info as { code: string }).code] : [],
    );
  peer.connect("blocked");
  peer.publish("cam", { type: "record" });
  await soon(() => expect(codes()).toEqual(RECORDED));
  const video = (...bytes: number[]): void => peer.payload(9, [6, 1], 0, Uint8Array.of(...bytes));
  // Sorenson's, which need no configuration.
  video(0x12, 0, 0, 0);
  await soon(() => expect(codes()).toEqual([...RECORDED, "NetStream.Record.Failed"]));
  rmSync(join(root, "blocked"));
  await soon(() => {
    video(0x12, 0, 0, 0);
    expect(codes()).toEqual([...RECORDED, "NetStream.Record.Failed", "NetStream.Record.Start"]);
  });
  peer.command(1, "closeStream", 0, null);
  await soon(() => expect(codes().slice(-2)).toEqual(ENDED));
  peer.close();
}, 60_000);
