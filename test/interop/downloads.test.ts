import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg, ffprobe } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { startNodeWebServer, type WebServer } from "./web-servers.ts";

const SECONDS = 8;
const MEDIA = [...picture(), ...sound(), "-t", String(SECONDS), ...h264(), ...audio("aac")];
const COPY = ["-c", "copy"];

let root: string;
let films: string;
let server: HeadgateServer;
let web: WebServer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-downloads-"));
  films = join(root, "films");
  mkdirSync(films);
  const film = encoded(MEDIA);
  const files: Readonly<Record<string, string>> = {
    "film.mp4": film,
    "film.flv": encoded(["-i", film, ...COPY], "flv"),
    "fast.mp4": encoded(["-i", film, ...COPY, "-movflags", "+faststart"]),
    "fragmented.mp4": encoded(["-i", film, ...COPY, "-movflags", "+frag_keyframe+empty_moov"]),
    "sound.m4a": encoded(["-i", film, "-vn", ...COPY], "m4a"),
    "sound.mp3": encoded([...sound(), "-t", String(SECONDS), ...audio("libmp3lame")], "mp3"),
  };
  const modified = new Date(Date.now() - 3_600_000);
  for (const [name, file] of Object.entries(files)) {
    copyFileSync(file, join(films, name));
    utimesSync(join(films, name), modified, modified);
  }
  writeFileSync(join(films, "large.mp4"), "");
  truncateSync(join(films, "large.mp4"), 256 * 1024 * 1024);
  web = await startNodeWebServer();
  server = await startHeadgate({
    recording: { root },
    http: { webServer: `http://127.0.0.1:${web.port}` },
    applications: {
      films: { vod: films },
      paid: { vod: films, play: { key: "sesame" } },
      // What is live by the name of a file would be played live.
      live: { record: { format: "mp4", name: "{app}/{stream}-file" } },
      live_flv: { record: { format: "flv", name: "{app}/{stream}-file" } },
    },
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  await web?.stop();
  rmSync(root, { recursive: true });
});

const url = (path: string): string => `http://127.0.0.1:${server.port(0)}/${path}`;
const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** What ffmpeg decodes: a hash of each frame. */
function decoded(file: string, stream: "v" | "a", ...options: readonly string[]): string[] {
  const { output } = run("ffmpeg", [
    ...["-nostdin", "-v", "error", ...options, "-i", file, "-map", `0:${stream}`],
    ...["-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  return output.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",").at(-1)!.trim()] : []));
}

/** Hashes of the packets, as they are. */
function packets(file: string, stream: "v" | "a"): string[] {
  const { output } = run("ffmpeg", [
    ...["-nostdin", "-v", "error", "-i", file, "-map", `0:${stream}`, "-c", "copy"],
    ...["-f", "framehash", "-hash", "md5", "-"],
  ]);
  // Behind it may be that of what a file says besides, such as how many samples to leave out.
  return output.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",")[5]!.trim()] : []));
}

const curl = (...args: string[]): { head: string; body: Buffer } => {
  const output = execFileSync("curl", ["-sS", "-D", "-", ...args], { maxBuffer: 64 * 1024 * 1024 });
  const end = output.indexOf("\r\n\r\n") + 4;
  return { head: output.toString("latin1", 0, end), body: output.subarray(end) };
};

describe("curl", () => {
  const whole = (): Buffer => readFileSync(join(films, "film.mp4"));

  test("has a file whole, byte for byte, and its facts by HEAD", () => {
    const { head, body } = curl(url("films/film.mp4"));
    expect(sha(body)).toBe(sha(whole()));
    expect(head).toMatch(/^HTTP\/1.1 200 OK/);
    const told = curl("-I", url("films/film.mp4")).head;
    for (const line of [
      `content-length: ${whole().length}`,
      "content-type: video/mp4",
      "accept-ranges: bytes",
    ])
      expect(told.toLowerCase()).toContain(line);
  });

  test("has parts, and is told of those that there are none of", () => {
    const { head, body } = curl("-r", "1000-50999", url("films/film.mp4"));
    expect(head).toContain("206 Partial Content");
    expect(head.toLowerCase()).toContain(`content-range: bytes 1000-50999/${whole().length}`);
    expect(sha(body)).toBe(sha(whole().subarray(1_000, 51_000)));
    expect(curl("-r", `${whole().length}-`, url("films/film.mp4")).head).toContain("416");
  });

  test("goes on with what it has", () => {
    const part = join(root, "part.mp4");
    execFileSync("curl", ["-sS", "-o", part, "-r", "0-99999", url("films/film.mp4")]);
    execFileSync("curl", ["-sS", "-o", part, "-C", "-", url("films/film.mp4")]);
    expect(sha(readFileSync(part))).toBe(sha(whole()));
  });

  test("is not sent again what it has", () => {
    const etags = join(root, "etag");
    execFileSync("curl", ["-sS", "-o", "/dev/null", "--etag-save", etags, url("films/film.mp4")]);
    expect(curl("--etag-compare", etags, url("films/film.mp4")).head).toContain("304 Not Modified");
  });

  test("is refused without credentials, whether or not there is such a file", () => {
    for (const path of ["paid/film.mp4", "paid/none.mp4", "paid/film.mp4?key=wrong"]) {
      const { head, body } = curl(url(path));
      expect(head).toContain("401 Unauthorized");
      expect(body.toString()).toMatch(/^CREDENTIALS_(?:MISSING|INVALID): /);
    }
    expect(sha(curl(url("paid/film.mp4?key=sesame")).body)).toBe(sha(whole()));
    expect(web.takeRequests()).toEqual([]);
  });

  test("has from the web server what is no recording", async () => {
    // The web server is in this process, which must not wait for curl.
    for (const path of ["films/none.mp4", "films/index.html", "other/film.mp4"])
      await new Child("curl", ["-sS", url(path)]).end(20_000);
    expect(web.takeRequests()).toEqual([
      "GET /films/none.mp4",
      "GET /films/index.html",
      "GET /other/film.mp4",
    ]);
  });
});

describe.skipIf(areMissing(ffmpeg, ffprobe))("ffmpeg", () => {
  test.each(["film.mp4", "film.flv", "fast.mp4", "fragmented.mp4"])(
    "plays %s whole, and seeks in it as in the file",
    (name) => {
      expect(decoded(url(`films/${name}`), "v")).toEqual(decoded(join(films, name), "v"));
      const from5 = decoded(url(`films/${name}`), "v", "-ss", "5");
      expect(from5).toEqual(decoded(join(films, name), "v", "-ss", "5"));
      expect(from5.length).toBeGreaterThan(50);
    },
    60_000,
  );

  test.each(["film.mp4", "film.flv", "fast.mp4", "fragmented.mp4"])(
    "decodes %s from the keyframe at or before a position",
    (name) => {
      const whole = decoded(join(films, name), "v");
      for (const [start, frames] of [
        ["0", 200],
        ["3.5", 125],
        ["7.99", 25],
        ["100", 25],
      ] as const) {
        const part = decoded(url(`films/${name}?start=${start}`), "v");
        expect(part.length).toBe(frames);
        expect(part).toEqual(whole.slice(-frames));
        const sounds = packets(url(`films/${name}?start=${start}`), "a");
        expect(sounds).toEqual(packets(join(films, name), "a").slice(-sounds.length));
        expect(Math.abs(sounds.length - (frames / 25) * (48_000 / 1024))).toBeLessThan(4);
      }
    },
    120_000,
  );

  test.each(["sound.m4a", "sound.mp3"])(
    "decodes the sound of %s from a position",
    (name) => {
      const whole = packets(join(films, name), "a");
      const part = packets(url(`films/${name}?start=6`), "a");
      expect(part.length).toBeGreaterThan(whole.length / 5);
      expect(part.length).toBeLessThan(whole.length / 3.5);
      expect(part.slice(2)).toEqual(whole.slice(2 - part.length));
    },
    30_000,
  );

  test("seeks in a part that begins at a position", () => {
    const whole = decoded(join(films, "film.mp4"), "v");
    expect(decoded(url("films/film.mp4?start=2"), "v", "-ss", "4")).toEqual(whole.slice(-50));
  }, 30_000);
});

describe.skipIf(areMissing(ffmpeg, ffprobe))("a stream that is being recorded", () => {
  test.each(["live", "live_flv"])(
    "%s can be had as far as it is there",
    async (application) => {
      const reference = server.file(`${application}.flv`);
      const publisher = await publishWithFfmpeg(encoded(MEDIA), server.url(application, "cam"), reference);
      const ending = application === "live" ? "mp4" : "flv";
      const file = join(root, application, `cam-file.${ending}`);
      await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(60_000), {
        timeout: 30_000,
        interval: 50,
      });
      const { head, body } = curl(url(`${application}/cam-file.${ending}`));
      expect(head).toContain('W/"');
      expect(sha(body)).toBe(sha(readFileSync(file).subarray(0, body.length)));
      const part = decoded(url(`${application}/cam-file.${ending}?start=1.5`), "v");
      expect((await publisher.end(60_000)).code, publisher.errors).toBe(0);
      const whole = decoded(reference, "v");
      const at = whole.indexOf(part[0]!);
      expect([25, 50].includes(at) && part.length > 10).toBe(true);
      // The last pictures are shown before others that are not there yet.
      expect(part.slice(0, -3)).toEqual(whole.slice(at, at + part.length - 3));
    },
    90_000,
  );
});

test("one that goes away in the middle leaves nothing behind", async () => {
  const before = readdirSync(`/proc/${server.pid}/fd`).length;
  const clients = Array.from(
    { length: 20 },
    () => new Child("curl", ["-sS", "--limit-rate", "1k", "-o", "/dev/null", url("films/large.mp4")]),
  );
  await vi.waitFor(async () => expect(await server.metric("headgate_downloads")).toBe(20), {
    timeout: 20_000,
    interval: 100,
  });
  for (const client of clients) client.signal("SIGKILL");
  await vi.waitFor(
    async () => {
      expect(await server.metric("headgate_downloads")).toBe(0);
      expect(readdirSync(`/proc/${server.pid}/fd`).length).toBeLessThanOrEqual(before + 2);
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(await server.metric("headgate_faults_total")).not.toBeGreaterThan(0);
}, 40_000);
