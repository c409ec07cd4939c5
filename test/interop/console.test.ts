import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Browser, type WatchedPage } from "../support/browser.ts";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, numbered, scale } from "../support/media.ts";
import { areMissing, chromium, ffmpeg, titleOf } from "../support/programs.ts";

const BUILT = fileURLToPath(new URL("../../apps/headgate/dist/console/", import.meta.url));

/** What a console may weigh before a player is opened. Bytes, compressed. */
const MAX_BUNDLE_BYTES = 60_000;

const TOKEN = "token-of-this-test";
const READER = "token-that-only-reads";
const hash = (token: string): string => `sha256:${createHash("sha256").update(token).digest("hex")}`;

/** A machine that runs other tests takes its time. */
const WAIT = { timeout: 60_000, interval: 100 };
const TEST_MS = 180_000;

const isMissing = areMissing(chromium, ffmpeg);
let root: string;
let server: HeadgateServer;
let browser: Browser;

beforeAll(async () => {
  if (isMissing) return;
  root = mkdtempSync(join(tmpdir(), "headgate-console-"));
  const tokens = [
    { name: "ops", hash: hash(TOKEN), scopes: ["read", "control", "config"] },
    { name: "reader", hash: hash(READER), scopes: ["read"] },
  ];
  [server, browser] = await Promise.all([
    startHeadgate({
      admin: { tokens },
      recording: { root },
      applications: { live: { record: { format: "mp4", name: "{app}/{stream}" } } },
    }),
    Browser.start(),
  ]);
}, TEST_MS);

afterAll(async () => {
  await browser?.stop();
  await server?.stop().finally(killEveryChild);
  if (root) rmSync(root, { recursive: true });
});

function publish(name: string): Child {
  const source = encoded([...numbered(), ...scale(48_000), "-t", "8", ...h264(), ...audio("aac")]);
  const again = ["-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", source, "-c", "copy"];
  return new Child("ffmpeg", [...again, "-f", "flv", server.url("live", name)]);
}

/** Browsers write on their console that a page without a token was told 401, and that a stream cannot be had in some way. */
const REFUSED = /status of 40[13]|live\/cam(?:\.flv|\/index\.m3u8)'|net::ERR_FAILED/;

async function logIn(token: string): Promise<WatchedPage> {
  const watched = await browser.watched(server.adminUrl("/"), REFUSED);
  await watched.page.getByLabel("Admin token").fill(token);
  await watched.page.getByRole("button", { name: "Log in" }).click();
  await watched.page.getByRole("link", { name: "Streams" }).waitFor();
  return watched;
}

/** The row of a list that has this text. */
const rowOf = ({ page }: WatchedPage, text: string) => page.getByRole("row").filter({ hasText: text });

const view = ({ page }: WatchedPage, name: string): Promise<void> =>
  page.getByRole("navigation").getByRole("link", { name }).click();

test("what is loaded before a player is opened is small", () => {
  const assets = readdirSync(join(BUILT, "assets")).filter((name) => !/^(?:flv|hls)-player-/.test(name));
  const files = ["index.html", ...assets.map((name) => join("assets", name))];
  const sizes = files.map((name) => gzipSync(readFileSync(join(BUILT, name))).length);
  expect(assets.length).toBeGreaterThan(2);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BUNDLE_BYTES);
});

describe.skipIf(isMissing)(`the console in ${titleOf(chromium)}`, { timeout: TEST_MS }, () => {
  test("asks for a token, says that one is wrong, and forgets it with the page", async () => {
    const watched = await browser.watched(server.adminUrl("/"), REFUSED);
    const { page } = watched;
    await page.getByLabel("Admin token").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").filter({ hasText: "TOKEN_INVALID" }).waitFor();
    await page.getByLabel("Admin token").fill(TOKEN);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(
      await page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie"),
    ).not.toContain(TOKEN);
    await page.reload();
    await page.getByLabel("Admin token").waitFor();
    await watched.close();
  });

  test("shows a stream, its players and plots, and a session that is kicked is gone", async () => {
    publish("cam");
    const watched = await logIn(TOKEN);
    const { page } = watched;
    await view(watched, "Streams");
    await rowOf(watched, "live/cam").filter({ hasText: "H264" }).waitFor();
    const viewer = new Child("ffmpeg", [
      "-nostdin",
      "-v",
      "error",
      "-i",
      server.url("live", "cam"),
      "-f",
      "null",
      "-",
    ]);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "live/cam" }).waitFor();
    await page.locator(".plot canvas").first().waitFor();
    await expectPlayers(watched);
    await view(watched, "Sessions");
    // Not the players of this page, which have other transports.
    const row = page.getByRole("row").filter({ hasText: /plays live\/cam\s*rtmp\s*\d/ });
    await row.getByRole("button", { name: "Kick" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Kick" }).click();
    await page.getByRole("status").filter({ hasText: "was disconnected" }).waitFor();
    await viewer.exited;
    await row.waitFor({ state: "detached" });
    await view(watched, "Log");
    await page.getByLabel("Text").fill("change asked for DELETE");
    await rowOf(watched, "change asked for").first().waitFor();
    await watched.close();
  });

  test("plays what was recorded, cuts out of it, and deletes it", async () => {
    const publisher = publish("film");
    await vi.waitFor(
      async () => expect(await bytesOf("live/film"), publisher.errors).toBeGreaterThan(150_000),
      WAIT,
    );
    const watched = await logIn(TOKEN);
    const { page } = watched;
    publisher.signal("SIGINT");
    await view(watched, "Recordings");
    const row = rowOf(watched, "live/film.mp4").filter({ hasText: "complete" });
    await row.click();
    await page.getByRole("button", { name: "Play", exact: true }).click();
    const video = page.locator("video");
    await vi.waitFor(
      async () =>
        expect(
          await video.evaluate(
            (element) => (element as unknown as VideoElement).getVideoPlaybackQuality().totalVideoFrames,
          ),
        ).toBeGreaterThan(10),
      WAIT,
    );
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Cut out" }).click();
    const file = join(root, "cut.mp4");
    await (await download).saveAs(file);
    expect(readFileSync(file).subarray(4, 8).toString()).toBe("ftyp");
    await row.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("status").filter({ hasText: "is deleted" }).waitFor();
    await row.waitFor({ state: "detached" });
    await watched.close();
  });

  test("shows the configuration and reads it again, for those who may", async () => {
    const reader = await logIn(READER);
    await view(reader, "Configuration");
    await reader.page.getByRole("alert").filter({ hasText: "SCOPE_MISSING" }).waitFor();
    await reader.close();
    const watched = await logIn(TOKEN);
    await view(watched, "Configuration");
    await watched.page.getByText("format: mp4").waitFor();
    expect(await watched.page.locator("pre").textContent()).not.toContain(hash(TOKEN));
    await watched.page.getByRole("button", { name: "Reload" }).click();
    await watched.page.getByRole("status").filter({ hasText: "nothing has another value" }).waitFor();
    await watched.close();
  });

  test.each(["Overview", "Tunnels", "Relays", "Bans", "Log"])("shows %s", async (name) => {
    const watched = await logIn(TOKEN);
    await view(watched, name);
    await watched.page.getByRole("heading", { name }).waitFor();
    await watched.page.getByText("Asking the server").first().waitFor({ state: "detached" });
    await watched.close();
  });
});

/** What this file uses of a video element. */
interface VideoElement {
  getVideoPlaybackQuality(): { readonly totalVideoFrames: number };
}

/** There is a player for each way that the server has, and it shows pictures. */
async function expectPlayers({ page }: WatchedPage): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const reply = await fetch(server.adminUrl("/api/v1/features"), { headers });
  const { features } = (await reply.json()) as { readonly features: readonly string[] };
  await page.keyboard.press("p");
  for (const [kind, feature] of [
    ["flv", "http-flv"],
    ["hls", "hls"],
  ]) {
    const player = page.locator(`.player[data-kind=${kind}]`);
    if (features.includes(feature!)) {
      const measured = player.locator(".latency");
      await vi.waitFor(async () => {
        expect(Number(await measured.getAttribute("data-pictures"))).toBeGreaterThan(10);
        expect(await measured.getAttribute("data-ms")).toMatch(/^\d+$/);
      }, WAIT);
    } else expect(await player.count()).toBe(0);
  }
  await page.keyboard.press("p");
}

async function bytesOf(stream: string): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const reply = await fetch(server.adminUrl(`/api/v1/streams/${stream}`), { headers });
  if (!reply.ok) return 0;
  return ((await reply.json()) as { stream: { recv_bytes: number } }).stream.recv_bytes;
}
