import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { nginxRtmpOrigin } from "../support/origins.ts";
import { areMissing, nginxRtmp, titleOf } from "../support/programs.ts";

const MAIN = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));
const SCHEMES: readonly Scheme[] = ["rtmp", "rtmpt", "rtmps", "rtmpe"];

const VIEWERS = 20;
const SECONDS = 3;
const LIMIT_MS = 60_000;

const bench = (url: string, ...args: readonly string[]): Child =>
  new Child(process.execPath, [
    MAIN,
    "bench",
    url,
    "--viewers",
    `${VIEWERS}`,
    "--seconds",
    `${SECONDS}`,
    ...args,
  ]);

let server: HeadgateServer;
/** Throws out viewers that read nothing while somebody waits for it. Others read too seldom for it on a busy machine. */
let impatient: HeadgateServer;

beforeAll(async () => {
  const applications = { live: { resumeWindow: "0s" } };
  [server, impatient] = await Promise.all([
    startHeadgate({ applications }),
    startHeadgate({ applications, timeouts: { stall: "1s" } }),
  ]);
}, 90_000);

afterAll(async () => {
  await Promise.all([server?.stop(), impatient?.stop()]).finally(killEveryChild);
});

describe.concurrent("headgate bench", () => {
  test(`has viewers over ${SCHEMES.join(", ")} who miss nothing`, { timeout: LIMIT_MS }, async () => {
    const children = SCHEMES.map((scheme) =>
      bench(
        server.url("live", scheme, { protocol: scheme }),
        "--json",
        "--ca",
        server.file("certs/ca.crt"),
        "--pid",
        `${server.pid}`,
      ),
    );
    for (const child of children) {
      expect((await child.end(LIMIT_MS)).code, `${child.command}\n${child.errors}`).toBe(0);
      const report = JSON.parse(child.output);
      expectWhole(report);
      expect(report.cpuSecondsPerGigabyte).toBeGreaterThan(0);
      expect(report.memory.peakBytes).toBeGreaterThanOrEqual(report.memory.endBytes);
    }
  });

  test("has some who do not read, and who come again when they are thrown out", {
    timeout: LIMIT_MS,
  }, async () => {
    // As much as fills what the system keeps for a connection in little time.
    const load = ["--viewers", "8", "--stalled", "50", "--bitrate", "20000000", "--seconds", "8"];
    const child = bench(impatient.url("live", "stalled"), ...load, "--json", "--pid", `${impatient.pid}`);
    expect((await child.end(LIMIT_MS)).code, child.errors).toBe(0);
    const report = JSON.parse(child.output);
    expect(report).toMatchObject({ viewers: 8, stalled: 4, whole: 4, problems: [] });
    expect(report.returns).toBeGreaterThan(0);
    expect(report.memory.eachSecondBytes.length).toBeGreaterThan(1);
  });

  test.skipIf(areMissing(nginxRtmp))(
    `has viewers of ${titleOf(nginxRtmp)} who miss nothing`,
    { timeout: LIMIT_MS },
    async () => {
      const origin = await nginxRtmpOrigin.start();
      const child = bench(`rtmp://127.0.0.1:${origin.port}/live/stream`, "--json");
      expect((await child.end(LIMIT_MS)).code, child.errors).toBe(0);
      expectWhole(JSON.parse(child.output));
      await origin.stop();
    },
  );
});

describe.concurrent("headgate bench ends with a reason that tells no secrets", () => {
  const SECRET = "s3cret";
  const withSecret = (application: string, stream: string): string =>
    server.url(application, `${stream}?key=${SECRET}`);

  test("where viewers play another stream than is published", { timeout: LIMIT_MS }, async () => {
    const child = bench(withSecret("live", "one"), "--publish", withSecret("live", "another"));
    await expectReason(child, 4, /plays, but nothing that this benchmark publishes came within 20 s/);
  });

  test("where no server runs", { timeout: LIMIT_MS }, async () => {
    const url = `rtmp://127.0.0.1:${await freePort()}/live/x?key=${SECRET}`;
    await expectReason(bench(url), 2, /is a server running there/);
  });

  test("where the server of the viewers does not run", { timeout: LIMIT_MS }, async () => {
    const url = `rtmp://127.0.0.1:${await freePort()}/live/x?key=${SECRET}`;
    const child = bench(url, "--publish", withSecret("live", "nobody"));
    await expectReason(child, 2, /is a server running there\? \(0 of 20 play\)/);
  });

  test("where a server does not want to", { timeout: LIMIT_MS }, async () => {
    const reason = /the server refuses connect: NetConnection\.Connect\.\w+/;
    await expectReason(bench(withSecret("nothing", "x")), 3, reason);
  });

  test("where a server never answers", { timeout: LIMIT_MS }, async () => {
    const port = await freePort();
    const silent = createServer().listen(port, "127.0.0.1");
    const child = bench(`rtmp://127.0.0.1:${port}/live/x?key=${SECRET}`);
    await expectReason(child, 3, /publishing to rtmp:.* the server does not answer/);
    silent.close();
  });

  test("where a server goes away", { timeout: LIMIT_MS }, async () => {
    const going = await startHeadgate({ applications: { live: {} } });
    const child = bench(going.url("live", `x?key=${SECRET}`), "--seconds", "50");
    await vi.waitFor(async () => expect(await going.metric("headgate_viewers")).toBe(VIEWERS), {
      timeout: 30_000,
    });
    await going.stop();
    await expectReason(child, 4, /publishing to rtmp:.* the server has closed the connection/);
  });

  test("where the certificate is not trusted, with what helps", { timeout: LIMIT_MS }, async () => {
    const child = bench(server.url("live", `x?key=${SECRET}`, { protocol: "rtmps" }));
    await expectReason(child, 2, /not trusted: .*; trust its authority with --ca FILE, .* with --insecure/);
    const url = server.url("live", "x", { protocol: "rtmps" });
    await expectReason(bench(url, "--ca", "/nowhere"), 1, /--ca \/nowhere cannot be used: ENOENT/);
  });

  test("where there is no such URL and no such process", { timeout: LIMIT_MS }, async () => {
    await expectReason(bench(`http://host/live/x?key=${SECRET}`), 1, /must look like rtmp/);
    await expectReason(bench(withSecret("live", "x"), "--pid", "99999999"), 1, /cannot read the CPU time/);
  });

  async function expectReason(child: Child, code: number, reason: RegExp): Promise<void> {
    expect((await child.end(LIMIT_MS)).code, child.errors).toBe(code);
    expect(child.errors).toMatch(reason);
    expect(child.errors.trim().split("\n").length).toBe(1);
    expect(`${child.output}${child.errors}`).not.toContain(SECRET);
  }
});

/** How fast it came is for a benchmark to tell: on a busy machine the load itself may stand still. */
function expectWhole(report: { readonly megabitsPerSecond: number }): void {
  expect(report).toMatchObject({ viewers: VIEWERS, whole: VIEWERS, problems: [] });
  expect(report.megabitsPerSecond).toBeGreaterThan(0);
}
