import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg, nginx } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { nginxWith, type RunningProxy } from "./proxies.ts";

/** A machine that runs other tests takes its time. */
const soon = (check: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(check, { timeout: 40_000, interval: 100 });

const MEDIA = [...picture(), ...sound(), "-t", "2", ...h264(), ...audio("aac")];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-upload-"));
});

afterAll(() => {
  killEveryChild();
  rmSync(folder, { recursive: true });
});

/** Publishes for two seconds. */
async function publish(server: HeadgateServer, stream: string): Promise<void> {
  const child = await publishWithFfmpeg(
    encoded(MEDIA),
    server.url("live", stream),
    server.file(`${stream}.flv`),
  );
  expect((await child.end(60_000)).code, child.errors).toBe(0);
}

async function uploads(server: HeadgateServer): Promise<Readonly<Record<string, string>>> {
  const { recordings } = (await (await fetch(server.adminUrl("/api/v1/recordings"))).json()) as {
    recordings: readonly { file: string; upload: string; uploadTries: number }[];
  };
  return Object.fromEntries(recordings.map((each) => [each.file, `${each.upload} ${each.uploadTries}`]));
}

const record = { format: "mp4", name: "{app}/{stream}" };

describe.skipIf(areMissing(ffmpeg, nginx))("recordings of two workers", () => {
  test("are put on nginx with its WebDAV module, byte for byte", async () => {
    const store = join(folder, "store");
    mkdirSync(store);
    // Started by root, nginx works as somebody else.
    chmodSync(folder, 0o755);
    chmodSync(store, 0o777);
    const dav: RunningProxy = await nginxWith(
      (port) => `
      server {
        listen 127.0.0.1:${port};
        client_max_body_size 10m;
        location /recordings/ { root ${store}; dav_methods PUT; create_full_put_path on; dav_access all:rw; }
      }`,
    );
    const root = join(folder, "dav");
    const server = await startHeadgate({
      workers: 2,
      recording: { root, upload: { url: `http://127.0.0.1:${dav.port}/recordings/` } },
      applications: { live: { record, resumeWindow: "0s" } },
    });
    // With a name that must be escaped. Each may be in the other worker.
    const streams = ["a", "b&c+d", "e"];
    await Promise.all(streams.map((stream) => publish(server, stream)));
    const files = streams.map((stream) => `live/${stream}.mp4`);
    await soon(async () =>
      expect(await uploads(server)).toEqual(Object.fromEntries(files.map((file) => [file, "uploaded 1"]))),
    );
    for (const file of files) {
      const sent = readFileSync(join(store, "recordings", file));
      expect(sent.length).toBeGreaterThan(10_000);
      expect(sent.equals(readFileSync(join(root, file)))).toBe(true);
    }
    expect(await server.metric('headgate_recording_uploads_total{end="uploaded"}')).toBe(3);
    await server.stop();
    await dav.stop();
  }, 120_000);
});

describe.skipIf(areMissing(ffmpeg))("a recording", () => {
  test("is copied by cp", async () => {
    const archive = join(folder, "archive");
    mkdirSync(archive);
    const root = join(folder, "copied");
    const server = await startHeadgate({
      recording: { root, upload: { command: ["cp", "{path}", archive] } },
      applications: { live: { record, resumeWindow: "0s" } },
    });
    await publish(server, "cam");
    await soon(async () => expect(await uploads(server)).toEqual({ "live/cam.mp4": "uploaded 1" }));
    expect(readFileSync(join(archive, "cam.mp4")).equals(readFileSync(join(root, "live/cam.mp4")))).toBe(
      true,
    );
    await server.stop();
  }, 90_000);

  test("is sent again after the receiver has failed and the server was killed; hooks hear of it in order", async () => {
    const heard: string[] = [];
    const sent: Buffer[] = [];
    let isFailing = true;
    const receiver: Server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      const body = Buffer.concat(pieces);
      if (request.url === "/hook") {
        const { event, path, reason } = JSON.parse(body.toString());
        heard.push([event, path, reason].join(" ").trim());
        return response.end('{"allow":true}');
      }
      expect([request.method, request.url]).toEqual(["POST", "/upload?file=live/cam.mp4"]);
      if (!isFailing) sent.push(body);
      response.writeHead(isFailing ? 500 : 200).end();
    });
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const { port } = receiver.address() as AddressInfo;
    const root = join(folder, "again");
    const upload = { url: `http://127.0.0.1:${port}/upload?file={file}`, method: "POST" };
    const config = {
      // Nothing that is to be uploaded is deleted because of its age.
      recording: { root, upload, keep: { age: "1s" } },
      access: { hooks: [{ url: `http://127.0.0.1:${port}/hook` }] },
      applications: { live: { record, resumeWindow: "0s" } },
    };
    const first = await startHeadgate(config);
    await publish(first, "cam");
    await soon(async () => expect(await uploads(first)).toEqual({ "live/cam.mp4": "pending 1" }));
    await soon(() => expect(heard).toContain("recordingComplete live/cam unpublished"));
    expect(heard.filter((line) => !line.startsWith("close"))).toEqual([
      "connect",
      "publish live/cam",
      "recordingBegun live/cam",
      "unpublish live/cam",
      "recordingComplete live/cam unpublished",
    ]);
    expect(first.log()).toMatch(/UPLOAD_FAILED.*status 500/);
    process.kill(first.pid, "SIGKILL");
    isFailing = false;
    const file = readFileSync(join(root, "live/cam.mp4"));
    const second = await startHeadgate(config);
    await soon(() => expect(sent.map((body) => body.equals(file))).toEqual([true]));
    // Then its age counts again.
    await soon(() => expect(existsSync(join(root, "live/cam.mp4"))).toBe(false));
    await second.stop();
    receiver.closeAllConnections();
    receiver.close();
  }, 120_000);
});
