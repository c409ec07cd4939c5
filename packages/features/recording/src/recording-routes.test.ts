import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { type FastifyInstance, fastify } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Manifest } from "./manifest.ts";
import { recordingRoutes } from "./recording-routes.ts";

let root: string;
let manifest: Manifest;
let server: FastifyInstance;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-routes-"));
  manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));
  server = fastify();
  server.register(recordingRoutes(root, manifest));
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

const ask = async (method: "GET" | "DELETE", url: string) => {
  const { statusCode, body } = await server.inject({ method, url });
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
