import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { UploadOptions } from "../config.ts";
import { Manifest, TO_UPLOAD, type UploadFacts } from "../manifest.ts";
import { newCounts, type RecordingCounts } from "../recording-counts.ts";
import { UploadUrl } from "./upload-url.ts";
import { Uploads } from "./uploads.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

let root: string;
let manifest: Manifest;
let counts: RecordingCounts;
let lines: Record<string, unknown>[];
let server: Server;
let answer: Answer;
/** Method, path and length of each request. */
let requests: string[];
let uploads: Uploads;

/** Takes all of it. */
const take: Answer = async (request, response) => {
  let bytes = 0;
  for await (const piece of request) bytes += piece.length;
  requests.push(`${request.method} ${request.url} ${request.headers["content-length"]} ${bytes}`);
  response.writeHead(201).end("created");
};

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-uploads-"));
  manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));
  counts = newCounts();
  lines = [];
  requests = [];
  answer = take;
  server = createServer((request, response) => answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  uploads = newUploads();
});

afterEach(async () => {
  await uploads.close();
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true });
});

function newUploads(options: Partial<UploadOptions> = {}): Uploads {
  const { port } = server.address() as AddressInfo;
  const url = UploadUrl.parse(`http://me:s3cret@127.0.0.1:${port}/store?token=t0ken`)!;
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const trust = { caFile: "", insecure: false };
  return new Uploads(
    { root, manifest, trust, counts, faults: NO_FAULTS, log },
    { url, method: "PUT", command: undefined, timeoutMs: 60_000, atOnce: 2, ...options },
  );
}

async function record(
  name: string,
  startedMs: number,
  bytes = 10,
  upload: UploadFacts = TO_UPLOAD,
): Promise<void> {
  const file = `live/${name}.mp4`;
  mkdirSync(join(root, "live"), { recursive: true });
  writeFileSync(join(root, file), new Uint8Array(bytes));
  manifest.begun({ file, stream: "live/cam", format: "mp4", startedMs, recording: file, positionMs: 0 });
  manifest.complete({ file, durationMs: 1_000, bytes, upload });
  await manifest.settle();
}

async function facts(name: string): Promise<UploadFacts | undefined> {
  await manifest.settle();
  return (await manifest.read()).get(`live/${name}.mp4`)?.upload;
}

/** Begins again whenever one has ended, as the keeper does. */
function uploadAll(): Promise<void> {
  return uploads.begin(() => void uploadAll());
}

test("what is complete is sent whole, the oldest first and only so many at once, and that is remembered", async () => {
  let most = 0;
  let now = 0;
  answer = async (request, response) => {
    now += 1;
    most = Math.max(most, now);
    await take(request, response);
    now -= 1;
  };
  for (const [index, name] of ["b", "a", "d", "c"].entries())
    await record(name, [2, 1, 4, 3][index]!, name === "a" ? 3_000_000 : 10);
  await record("old", 0, 10, { state: "uploaded", tries: 1 });
  uploads.reconfigure({ ...optionsOf(), atOnce: 1 });
  await uploadAll();
  await vi.waitFor(async () => expect((await facts("d"))?.state).toBe("uploaded"), 15_000);
  expect(requests).toEqual([
    "PUT /store/live/a.mp4?token=t0ken 3000000 3000000",
    ...["b", "c", "d"].map((name) => `PUT /store/live/${name}.mp4?token=t0ken 10 10`),
  ]);
  expect([most, counts.uploaded]).toEqual([1, 4]);
  expect(JSON.stringify(lines)).not.toMatch(/s3cret|t0ken/);
});

function optionsOf(): UploadOptions {
  const { port } = server.address() as AddressInfo;
  const url = UploadUrl.parse(`http://127.0.0.1:${port}/store?token=t0ken`);
  return { url, method: "PUT", command: undefined, timeoutMs: 60_000, atOnce: 2 };
}

test("what the server refuses is tried again later, and given up in the end", async () => {
  answer = (request, response) => {
    request.resume();
    response.writeHead(507).end("s3cret");
  };
  await record("a", 1);
  await record("last", 2, 10, { state: "pending", tries: 23 });
  await uploads.begin(() => {});
  await vi.waitFor(async () => expect((await facts("last"))?.state).toBe("failed"), 15_000);
  await vi.waitFor(
    async () => expect(await facts("a")).toMatchObject({ state: "pending", tries: 1 }),
    15_000,
  );
  expect((await facts("a"))!.atMs).toBeGreaterThan(Date.now());
  await uploads.begin(() => {});
  expect(uploads.isUploading((await manifest.read()).get("live/a.mp4")!)).toBe(false);
  expect(lines.map(({ file, error, tries }) => `${file} ${error} ${tries}`).sort()).toEqual([
    "live/a.mp4 status 507 1",
    "live/last.mp4 status 507 24",
  ]);
  expect(counts.uploadsFailed).toBe(1);
  expect(JSON.stringify(lines)).not.toContain("s3cret");
});

test("what was under way when the server ended is sent again by the next one", async () => {
  let arrived = (): void => {};
  const isThere = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  answer = () => arrived();
  await record("a", 1);
  await uploads.begin(() => {});
  await isThere;
  expect(await facts("a")).toEqual({ state: "uploading", tries: 1 });
  await uploads.close();
  expect(await facts("a")).toEqual({ state: "pending", tries: 0 });
  // One that was killed says nothing.
  manifest.upload("live/a.mp4", { state: "uploading", tries: 1 });
  answer = take;
  uploads = newUploads();
  await uploads.begin(() => {});
  await vi.waitFor(async () => expect(await facts("a")).toEqual({ state: "uploaded", tries: 2 }), 15_000);
});

test("what takes longer than its time, and what is no longer there, is tried again", async () => {
  answer = () => {};
  uploads = newUploads({ timeoutMs: 50 });
  await record("a", 1);
  await record("b", 2);
  rmSync(join(root, "live/b.mp4"));
  await uploads.begin(() => {});
  await vi.waitFor(() => expect(lines).toHaveLength(2), 15_000);
  expect(lines.map(({ file, error }) => `${file} ${error}`).sort()).toEqual([
    "live/a.mp4 it took longer than recording.upload.timeout",
    "live/b.mp4 ENOENT",
  ]);
});
