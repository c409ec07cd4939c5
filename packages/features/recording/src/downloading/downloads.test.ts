import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Applications } from "@headgate/bus";
import { deny, type PlayerRequest } from "@headgate/gateway";
import { routeStreams } from "@headgate/http-server";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { type FastifyInstance, fastify } from "fastify";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ApplicationRecording } from "../config.ts";
import { Manifest } from "../manifest.ts";
import { RecordedFiles } from "../playing/recorded-files.ts";
import { SavedIndexes } from "../playing/saved-indexes.ts";
import { RecordingSource } from "../recording-source.ts";
import { Downloads } from "./downloads.ts";

const BYTES = Buffer.from(Array.from({ length: 600_000 }, (_, at) => at % 253));
const log = pino({ level: "silent" });

let root: string;
let server: FastifyInstance;
let downloads: Downloads;
let asked: PlayerRequest[];
let ended: number;
let verdict: Promise<void> | undefined;
const isAllowed = vi.fn((_: PlayerRequest) => true);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-downloads-"));
  mkdirSync(join(root, "films/folder"), { recursive: true });
  for (const name of ["a.mp4", "folder/b c.flv", "é.mp3"]) {
    writeFileSync(join(root, "films", name), BYTES);
    utimesSync(join(root, "films", name), 1_700_000_000, 1_700_000_000);
  }
  writeFileSync(join(root, "secret.mp4"), "secret");
  symlinkSync(join(root, "secret.mp4"), join(root, "films/link.mp4"));
  asked = [];
  ended = 0;
  verdict = undefined;
  isAllowed.mockReturnValue(true);
  server = await serverWith(false);
});

afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

async function serverWith(hasWebServer: boolean): Promise<FastifyInstance> {
  const applications = new Applications(
    new Map([
      ["films", { vod: join(root, "films"), record: { format: "off" } } as ApplicationRecording],
      ["live", { vod: "", record: { format: "off" } } as ApplicationRecording],
    ]),
  );
  const guard = new Guard(NO_FAULTS, "task", () => {});
  const files = new RecordedFiles(guard, new SavedIndexes(root), () => false);
  const source = new RecordingSource({
    ...{ root, applications, files, manifest: new Manifest(root, guard), guard, log },
    isLive: () => false,
  });
  const gateway = {
    requestPlay: async (request: PlayerRequest) => {
      asked.push(request);
      await verdict;
      if (!isAllowed(request)) return deny("NetStream.Play.Failed", "CREDENTIALS_MISSING");
      const end = (): void => {
        ended += 1;
      };
      return { kind: "allow", key: source.keyOf(request.host, request.path)!, end } as const;
    },
  };
  downloads = new Downloads({ gateway, source, files, hasWebServer, faults: NO_FAULTS, log });
  const made = fastify();
  const peer = { remoteAddress: "192.0.2.1", remotePort: 5_000, isSecure: false };
  made.decorateRequest("peer", { getter: () => ({ ...peer, connection: peer }) });
  made.setNotFoundHandler((_, reply) => reply.code(404).send("the web server"));
  routeStreams(made, [downloads]);
  await made.ready();
  return made;
}

/** A machine that runs other tests takes its time. */
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000 });

const get = (url: string, headers: Record<string, string> = {}, method: "GET" | "HEAD" | "OPTIONS" = "GET") =>
  server.inject({ method, url, headers });

test("a file is sent whole, byte for byte, with all that a browser wants to know", async () => {
  const { statusCode, rawPayload, headers } = await get("/films/a.mp4");
  expect(statusCode).toBe(200);
  expect(rawPayload.equals(BYTES)).toBe(true);
  expect(headers).toMatchObject({
    "content-type": "video/mp4",
    "content-length": "600000",
    "accept-ranges": "bytes",
    "last-modified": "Tue, 14 Nov 2023 22:13:20 GMT",
    etag: expect.stringMatching(/^"/),
    "access-control-allow-origin": "*",
    "x-content-type-options": "nosniff",
  });
  await soon(() => expect([downloads.active, downloads.bytes, ended]).toEqual([0, 600_000, 1]));
});

test("HEAD tells the same and sends nothing", async () => {
  const [head, whole] = [await get("/films/a.mp4", {}, "HEAD"), await get("/films/a.mp4")];
  expect(head.statusCode).toBe(200);
  expect(head.rawPayload.length).toBe(0);
  const { date, ...told } = head.headers;
  expect(whole.headers).toMatchObject(told);
});

test.each([
  ["bytes=10-19", 10, 20],
  ["bytes=300000-", 300_000, 600_000],
  ["bytes=-5", 599_995, 600_000],
])("%s is a part", async (range, from, to) => {
  const { statusCode, rawPayload, headers } = await get("/films/a.mp4", { range });
  expect(statusCode).toBe(206);
  expect(rawPayload.equals(BYTES.subarray(from, to))).toBe(true);
  expect(headers).toMatchObject({
    "content-range": `bytes ${from}-${to - 1}/600000`,
    "content-length": String(to - from),
  });
});

test("a part that is not there is answered with the length", async () => {
  const { statusCode, headers } = await get("/films/a.mp4", { range: "bytes=600000-" });
  expect([statusCode, headers["content-range"]]).toEqual([416, "bytes */600000"]);
});

test("several parts are the whole", async () => {
  expect((await get("/films/a.mp4", { range: "bytes=0-1,5-6" })).statusCode).toBe(200);
});

test("what the client has is not sent again", async () => {
  const { etag } = (await get("/films/a.mp4")).headers;
  const again = await get("/films/a.mp4", { "if-none-match": String(etag) });
  expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
  const range = { range: "bytes=0-9" };
  expect((await get("/films/a.mp4", { ...range, "if-range": String(etag) })).statusCode).toBe(206);
  expect((await get("/films/a.mp4", { ...range, "if-range": '"other"' })).statusCode).toBe(200);
  expect((await get("/films/a.mp4", { "if-match": '"other"' })).statusCode).toBe(412);
});

test("a name may have folders, spaces and letters of all kinds", async () => {
  expect((await get("/films/folder/b%20c.flv")).headers["content-type"]).toBe("video/x-flv");
  expect((await get("/films/%C3%A9.mp3")).headers["content-type"]).toBe("audio/mpeg");
});

describe("what is no recording", () => {
  test.each([
    "/films/none.mp4",
    "/films/folder",
    "/films/folder.mp4/a.mp4",
    "/films/link.mp4",
    `/films/${"a".repeat(300)}.mp4`,
  ])("%s is not found", async (url) => {
    const { statusCode, body } = await get(url);
    expect(statusCode).toBe(404);
    expect(body).not.toContain("secret");
  });

  test.each([
    "/films/../secret.mp4",
    "/films/%2e%2e/secret.mp4",
    "/films/..%2Fsecret.mp4",
    "/live/a.mp4",
    "/a.mp4",
  ])("%s asks no policy", async (url) => {
    expect((await get(url)).body).toBe("the web server");
    expect(asked).toEqual([]);
  });

  test("is said with a code, unless there is a web server that may have it", async () => {
    expect((await get("/films/none.mp4")).body).toMatch(/^RECORDING_NOT_FOUND: /);
    await server.close();
    server = await serverWith(true);
    expect((await get("/films/none.mp4")).body).toBe("the web server");
    await soon(() => expect(ended).toBe(2));
  });
});

test("whoever may not play is refused with a code, whether or not there is such a file", async () => {
  isAllowed.mockReturnValue(false);
  const refused = [await get("/films/a.mp4?key=wrong"), await get("/films/none.mp4?key=wrong")];
  for (const { statusCode, body, headers } of refused) {
    expect(statusCode).toBe(401);
    expect(body).toMatch(/^CREDENTIALS_MISSING: /);
    expect(headers["www-authenticate"]).toBe("Query");
  }
  expect(asked[0]).toMatchObject({
    path: "films/a.mp4",
    query: "key=wrong",
    transport: "http",
    host: "localhost",
  });
});

test("pages of other sites may ask for parts", async () => {
  const { statusCode, headers } = await get("/films/a.mp4", { origin: "https://example.org" }, "OPTIONS");
  expect(statusCode).toBe(204);
  expect(headers["access-control-allow-headers"]).toContain("Range");
  expect((await get("/other/a.mp4", {}, "OPTIONS")).statusCode).toBe(404);
});

test("a position is a number of seconds, in a file that can be cut", async () => {
  for (const start of ["-1", "x", "1e3", "", "999999999"])
    expect((await get(`/films/a.mp4?start=${start}`)).body).toMatch(/^START_INVALID: /);
  // It is no MP4.
  const { statusCode, body } = await get("/films/a.mp4?start=1");
  expect([statusCode, body.split(":")[0]]).toEqual([404, "RECORDING_NOT_CUT"]);
});

test("one address has no more than its share of downloads", async () => {
  let answer = (): void => {};
  verdict = new Promise((resolve) => {
    answer = resolve;
  });
  const held = Array.from({ length: 128 }, () => get("/films/a.mp4", {}, "HEAD"));
  await soon(() => expect(downloads.active).toBe(128));
  const { statusCode, body, headers } = await get("/films/a.mp4");
  expect([statusCode, body.split(":")[0], headers["retry-after"]]).toEqual([503, "DOWNLOADS_EXCEEDED", "1"]);
  answer();
  expect((await Promise.all(held)).every((reply) => reply.statusCode === 200)).toBe(true);
  await soon(() => expect(downloads.active).toBe(0));
});
