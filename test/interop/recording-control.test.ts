import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg, ffprobe } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { packetsIn } from "../support/recorded-files.ts";
import { SocketPeer } from "../support/socket-peer.ts";

/** A machine that runs other tests takes its time. */
const soon = <T>(check: () => Promise<T> | T): Promise<T> =>
  vi.waitFor(check, { timeout: 30_000, interval: 100 });

const MEDIA = [...picture(), ...sound(), "-t", "12", ...h264(), ...audio("aac")];

let root: string;
let server: HeadgateServer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-control-"));
  server = await startHeadgate({
    workers: 2,
    recording: { root },
    admin: { compatibility: ["nginx-rtmp"] },
    applications: {
      live: {
        resumeWindow: "0s",
        record: { format: "mp4", name: "{app}/{stream}", when: "asked", streams: "none" },
      },
      off: {},
      asked: { record: { format: "flv", name: "{app}/{stream}", when: "asked" } },
    },
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  rmSync(root, { recursive: true });
});

async function ask(what: "start" | "stop", stream: string): Promise<{ status: number; text: string }> {
  const path = `/api/v1/recordings${what === "stop" ? "/stop" : ""}`;
  const reply = await fetch(server.adminUrl(path), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ stream }),
  });
  return { status: reply.status, text: await reply.text() };
}

function publisher(application: string, type = "live"): { peer: SocketPeer; codes: () => unknown[] } {
  const peer = SocketPeer.dial(server.port(0));
  peer.answersPings = true;
  peer.connect(application);
  peer.publish("cam", { type });
  const codes = (): unknown[] =>
    peer.commands.flatMap(([name, , , info]) =>
      name === "onStatus" ? [(info as { code: string }).code] : [],
    );
  return { peer, codes };
}

describe.skipIf(areMissing(ffmpeg, ffprobe))("a stream that ffmpeg publishes to one of two workers", () => {
  test("is recorded from the start to the stop that an operator asks for", async () => {
    const reference = server.file("cam.flv");
    const child = await publishWithFfmpeg(encoded(MEDIA), server.url("live", "cam"), reference);
    await soon(async () => expect(await ask("start", "live/cam")).toMatchObject({ status: 200 }));
    await soon(() => expect(existsSync(join(root, "live/cam.mp4"))).toBe(true));
    expect(await ask("start", "live/cam")).toEqual({
      status: 409,
      text: '{"error":"RECORDING_RUNNING: The stream is being recorded already."}',
    });
    await soon(async () => expect(await server.metric("headgate_recordings")).toBe(1));
    const stopped = await soon(async () => {
      const list = await fetch(server.adminUrl("/api/v1/recordings?stream=live/cam"));
      expect(await list.json()).toMatchObject({ recordings: [{ file: "live/cam.mp4", state: "recording" }] });
      return ask("stop", "live/cam");
    });
    expect(stopped).toEqual({ status: 200, text: '{"stream":"live/cam","file":"live/cam.mp4"}' });
    expect((await ask("stop", "live/cam")).status).toBe(409);
    await soon(async () => expect(await server.metric("headgate_recordings")).toBe(0));
    const again = await ask("start", "live/cam");
    expect([again.status, JSON.parse(again.text).file]).toEqual([200, "live/cam-1.mp4"]);
    expect((await child.end(60_000)).code, child.errors).toBe(0);
    await soon(async () => expect(await server.metric("headgate_recordings")).toBe(0));
    // A file may end between a picture and those that are shown before it: only its packets have no hole.
    const whole = await packetsIn(reference, "v");
    for (const file of ["cam.mp4", "cam-1.mp4"]) {
      const packets = await packetsIn(join(root, "live", file), "v");
      const at = whole.indexOf(packets[0]!);
      expect(packets.length).toBeGreaterThan(0);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(packets).toEqual(whole.slice(at, at + packets.length));
    }
    expect(server.log()).toMatch(/"stream":"live\/cam","status":200,"msg":"change asked for"/);
  }, 90_000);

  test("is recorded by nginx-rtmp's commands as well", async () => {
    const child = await publishWithFfmpeg(encoded(MEDIA), server.url("live", "ngx"), server.file("ngx.flv"));
    const control = async (what: string) => {
      const reply = await fetch(server.adminUrl(`/control/record/${what}?app=live&name=ngx&rec=any`));
      return [reply.status, await reply.text()];
    };
    await soon(async () => expect(await control("start")).toEqual([200, "live/ngx.mp4"]));
    expect(await control("start")).toEqual([204, ""]);
    expect(await control("stop")).toEqual([200, "live/ngx.mp4"]);
    expect(await control("stop")).toEqual([204, ""]);
    child.signal("SIGKILL");
    await child.exited;
  }, 60_000);
});

test("what cannot be started or stopped says why", async () => {
  expect(await ask("start", "live/nobody")).toMatchObject({
    status: 404,
    text: expect.stringContaining("STREAM_NOT_FOUND"),
  });
  expect(await ask("stop", "live/nobody")).toMatchObject({ status: 404 });
  const { peer, codes } = publisher("off");
  await soon(() => expect(codes()).toEqual(["NetStream.Publish.Start"]));
  expect(await ask("start", "off/cam")).toMatchObject({
    status: 409,
    text: expect.stringContaining("RECORDING_OFF"),
  });
  expect(await ask("stop", "off/cam")).toMatchObject({
    status: 409,
    text: expect.stringContaining("RECORDING_NOT_RUNNING"),
  });
  peer.close();
});

test("a publisher that has asked for its recording is told what the operator does", async () => {
  const { peer, codes } = publisher("asked", "record");
  const start = ["NetStream.Publish.Start", "NetStream.Record.Start"];
  await soon(() => expect(codes()).toEqual(start));
  // Nothing has come, so there is no file.
  expect(await ask("stop", "asked/cam")).toEqual({ status: 200, text: '{"stream":"asked/cam","file":null}' });
  await soon(() => expect(codes()).toEqual([...start, "NetStream.Record.Stop"]));
  expect((await ask("start", "asked/cam")).status).toBe(200);
  await soon(() => expect(codes()).toEqual([...start, "NetStream.Record.Stop", "NetStream.Record.Start"]));
  peer.close();
});
