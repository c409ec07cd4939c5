import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { type FastifyInstance, fastify } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Manifest } from "./manifest.ts";
import { RecordedFiles } from "./playing/recorded-files.ts";
import { SavedIndexes } from "./playing/saved-indexes.ts";
import type { RecordingControl, RecordingOutcome } from "./recording-control.ts";
import { recordingRoutes } from "./recording-routes.ts";

let root: string;
let manifest: Manifest;
let server: FastifyInstance;
let asked: string[];

/** Answers with what the stream is called. */
const control: RecordingControl = {
  start: async (stream) => outcome("start", stream),
  stop: async (stream) => outcome("stop", stream),
};

function outcome(what: string, stream: string): RecordingOutcome {
  asked.push(`${what} ${stream}`);
  const kind = stream as Exclude<RecordingOutcome["kind"], "done">;
  return stream.startsWith("live/") ? { kind: "done", file: `${stream}.flv` } : { kind };
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-routes-"));
  manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));
  asked = [];
  server = fastify();
  const files = new RecordedFiles(
    new Guard(NO_FAULTS, "task", () => {}),
    new SavedIndexes(root),
    () => false,
  );
  server.register(recordingRoutes({ root, manifest, files, control, faults: NO_FAULTS }));
});

afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

async function record(file: string, startedMs: number, isComplete: boolean): Promise<void> {
  mkdirSync(join(root, "live"), { recursive: true });
  writeFileSync(join(root, file), "recorded");
  const part = { recording: file, positionMs: 0 };
  manifest.begun({ file, stream: file.slice(0, 6), format: "flv", startedMs, ...part });
  if (isComplete) manifest.complete({ file, durationMs: 10, bytes: 8 });
  await manifest.settle();
}

const ask = async (method: "GET" | "DELETE" | "POST", url: string, payload?: object) => {
  const { statusCode, body } = await server.inject({ method, url, ...(payload && { payload }) });
  return { statusCode, body: JSON.parse(body) as Record<string, never> };
};

test("recordings are listed, the newest first, a page at a time, and by stream", async () => {
  await record("live/a.flv", 1_000, true);
  await record("live/b.flv", 2_000, false);
  const { body } = await ask("GET", "/api/v1/recordings");
  expect(body).toMatchObject({
    total: 2,
    recordings: [
      { file: "live/b.flv", state: "recording", ended: null, bytes: null },
      {
        file: "live/a.flv",
        state: "complete",
        started: "1970-01-01T00:00:01.000Z",
        recording: "live/a.flv",
        positionMs: 0,
        durationMs: 10,
        bytes: 8,
      },
    ],
  });
  expect((await ask("GET", "/api/v1/recordings?start=1&count=1")).body).toMatchObject({
    total: 2,
    recordings: [{ file: "live/a.flv" }],
  });
  expect((await ask("GET", "/api/v1/recordings?stream=live/a")).body).toMatchObject({ total: 1 });
  expect((await ask("GET", "/api/v1/recordings?count=1001")).statusCode).toBe(400);
});

test("a recording is deleted, but none that is being written and nothing that is no recording", async () => {
  await record("live/a.flv", 1_000, true);
  await record("live/b.flv", 2_000, false);
  writeFileSync(join(root, "other.txt"), "");
  expect((await ask("DELETE", "/api/v1/recordings/live/a.flv")).statusCode).toBe(200);
  expect(existsSync(join(root, "live/a.flv"))).toBe(false);
  expect((await ask("DELETE", "/api/v1/recordings/live/a.flv")).statusCode).toBe(404);
  expect((await ask("DELETE", "/api/v1/recordings/live/b.flv")).statusCode).toBe(409);
  expect((await ask("DELETE", "/api/v1/recordings/other.txt")).statusCode).toBe(404);
  expect((await ask("DELETE", "/api/v1/recordings/..%2F..%2Fetc%2Fpasswd")).statusCode).toBe(404);
});

test.each(["", "/stop"])(
  "a recording is started and stopped by its stream: POST recordings%s",
  async (path) => {
    const url = `/api/v1/recordings${path}`;
    const what = path === "" ? "start" : "stop";
    const stream = "live/cam";
    expect(await ask("POST", url, { stream })).toEqual({
      statusCode: 200,
      body: { stream, file: "live/cam.flv" },
    });
    const failures = { absent: 404, running: 409, idle: 409, off: 409 };
    const codes = [];
    for (const [kind, status] of Object.entries(failures)) {
      const { statusCode, body } = await ask("POST", url, { stream: kind });
      expect(statusCode).toBe(status);
      codes.push(String(body.error).split(":")[0]);
    }
    expect(codes).toEqual([
      "STREAM_NOT_FOUND",
      "RECORDING_RUNNING",
      "RECORDING_NOT_RUNNING",
      "RECORDING_OFF",
    ]);
    expect(asked).toEqual([stream, ...Object.keys(failures)].map((each) => `${what} ${each}`));
    for (const body of [{}, { stream: "" }, { file: "live/cam.flv" }])
      expect((await ask("POST", url, body)).statusCode).toBe(400);
  },
);
