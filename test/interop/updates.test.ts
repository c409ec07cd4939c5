import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageType } from "@headgate/message";
import { freePort } from "@headgate/testkit";
import { afterAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg, haproxy } from "../support/programs.ts";
import { SocketPeer } from "../support/socket-peer.ts";
import { startUpdatingHaproxy } from "./proxies.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "headgate-updates-"));
afterAll(() => {
  killEveryChild();
  rmSync(FOLDER, { recursive: true });
});

const VIEWERS = 4;

/** A few pictures: the viewer has more than the headers. Bytes. */
const SOME_MEDIA = 50_000;

/** A machine that runs other tests takes its time. Milliseconds. */
const PATIENCE_MS = 60_000;

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: PATIENCE_MS, interval: 100 });

/** A program that is started again whenever it ends, as encoders and players do it. */
class Restarted {
  starts = 0;
  #child: Child | undefined;
  #isStopped = false;
  readonly #start: (attempt: number) => Child;

  constructor(start: (attempt: number) => Child) {
    this.#start = start;
    this.#again();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#child?.stop();
  }

  #again(): void {
    this.starts += 1;
    this.#child = this.#start(this.starts);
    this.#child.exited.then(
      () => {
        if (!this.#isStopped) this.#again();
      },
      () => {},
    );
  }
}

function publisher(url: string): Restarted {
  const file = encoded([...picture(), ...sound(), "-t", "7", ...h264(), ...audio("aac")]);
  const endless = ["-re", "-stream_loop", "-1", "-i", file, "-c", "copy", "-f", "flv", url];
  return new Restarted(() => new Child("ffmpeg", ["-nostdin", "-v", "error", ...endless]));
}

class Viewer extends Restarted {
  readonly #name: string;

  constructor(url: string, name: string) {
    super((attempt) => {
      const recorded = ["-i", url, "-c", "copy", "-f", "flv", fileOf(name, attempt)];
      return new Child("ffmpeg", ["-nostdin", "-v", "error", "-flush_packets", "1", ...recorded]);
    });
    this.#name = name;
  }

  /** From the end of what it had until it wrote again, for each time it connected again. Milliseconds. */
  get gapsMs(): readonly number[] {
    return Array.from({ length: this.starts - 1 }, (_, index) => {
      const [before, after] = [fileOf(this.#name, index + 1), fileOf(this.#name, index + 2)];
      return Math.round(statSync(after).birthtimeMs - statSync(before).mtimeMs);
    });
  }

  /** Whether it has seen something at each of its starts. */
  get hasSeenAll(): boolean {
    return Array.from({ length: this.starts }, (_, index) => fileOf(this.#name, index + 1)).every(
      (file) => existsSync(file) && statSync(file).size > SOME_MEDIA,
    );
  }
}

/** One that knows how to connect again when it is asked to, and keeps what it has until there is more. */
class AskedViewer {
  starts = 0;
  readonly gapsMs: number[] = [];
  readonly #port: number;
  #playing: SocketPeer | undefined;
  #lastMs = 0;

  constructor(port: number) {
    this.#port = port;
    this.#start();
  }

  stop(): void {
    this.#playing?.close();
  }

  #start(): void {
    this.starts += 1;
    const peer = SocketPeer.dial(this.#port);
    peer.answersPings = true;
    peer.onCommand = ([, , , info]) => {
      if ((info as { code?: string })?.code === "NetConnection.Connect.ReconnectRequest") this.#start();
    };
    let seen = 0;
    // After the peer's own listener.
    peer.socket.on("data", () => {
      const pictures = peer.messages.filter(({ type }) => type === MessageType.video).length;
      if (pictures === seen) return;
      const nowMs = performance.now();
      if (seen === 0) {
        if (this.#playing) this.gapsMs.push(Math.round(nowMs - this.#lastMs));
        this.#playing?.close();
        this.#playing = peer;
      }
      seen = pictures;
      this.#lastMs = nowMs;
    });
    peer.connect("live", { capsEx: 1 });
    peer.play("cam");
  }
}

function fileOf(name: string, attempt: number): string {
  return join(FOLDER, `${name}-${attempt}.flv`);
}

// Beside those that drain: what they do most is wait.
test.skipIf(areMissing(ffmpeg, haproxy)).concurrent(
  "two servers behind haproxy are updated one after the other, and each viewer connects again once for each update",
  async () => {
    const ports = [await freePort(), await freePort()] as const;
    const start = (port: number): Promise<HeadgateServer> =>
      startHeadgate({
        drain: { timeout: "5s", wait: "2s" },
        listeners: [{ port }],
        applications: { live: {} },
      });
    const servers = [await start(ports[0]), await start(ports[1])];
    const balancer = await startUpdatingHaproxy(ports);
    const url = `rtmp://127.0.0.1:${balancer.port}/live/cam`;
    const running = [publisher(url)];
    const viewers = Array.from({ length: VIEWERS }, (_, index) => new Viewer(url, `viewer${index}`));
    const allSee = (starts: number) =>
      soon(() =>
        expect(viewers.map((viewer) => [viewer.starts, viewer.hasSeenAll])).toEqual(
          Array(VIEWERS).fill([starts, true]),
        ),
      );
    const asked = new AskedViewer(balancer.port);
    await allSee(1);
    for (const [index, port] of ports.entries()) {
      servers[index]!.signal("SIGTERM");
      expect(await servers[index]!.ended(PATIENCE_MS)).toBe(0);
      await allSee(2 + index);
      await soon(() => expect([asked.starts, asked.gapsMs.length]).toEqual([2 + index, 1 + index]));
      servers[index] = await start(port);
    }
    for (const { starts } of viewers) expect(starts).toBe(3);
    const gaps = [...viewers, asked].map(({ gapsMs }) => gapsMs.join(" and "));
    console.log(
      `viewers had nothing for ${gaps.slice(0, -1).join(", ")} ms; the one that was asked for ${gaps.at(-1)} ms`,
    );
    asked.stop();
    for (const program of [...running, ...viewers]) await program.stop();
    for (const server of servers) await server.stop();
    await balancer.stop();
  },
  240_000,
);

test.skipIf(areMissing(ffmpeg)).concurrent.each([1, 2])(
  "a server with %i processes that nobody uses lets in whom a load balancer sends until that has heard",
  async (workers) => {
    const waitMs = 8_000;
    const server = await startHeadgate({
      workers,
      drain: { timeout: "16s", wait: "8s" },
      applications: { live: {} },
    });
    const startMs = performance.now();
    server.signal("SIGTERM");
    await soon(() => expect(server.log()).toContain('"draining"'));
    expect((await fetch(server.adminUrl("/readyz"))).status).toBe(503);
    expect((await publishOnce(server.url("live", "cam")).end(PATIENCE_MS)).code).toBe(0);
    expect(await server.ended(PATIENCE_MS)).toBe(0);
    const elapsedMs = performance.now() - startMs;
    expect(elapsedMs).toBeGreaterThan(waitMs);
    expect(server.log(200)).not.toContain("DRAINING");
  },
  240_000,
);

describe("a server that reads its file again", () => {
  describe.skipIf(areMissing(ffmpeg)).concurrent.each([1, 2])("with %i processes", (workers) => {
    const keys = { workers, applications: { live: {} } };

    test("keeps its sessions, listens where it is told to, and changes nothing with a mistake in the file", async () => {
      const server = await startHeadgate(keys);
      const encoder = publisher(server.url("live", "cam"));
      const viewer = new Viewer(server.url("live", "cam"), `kept${workers}`);
      await soon(() => expect(viewer.hasSeenAll).toBe(true));
      const port = await freePort();
      const reload = async () => (await fetch(server.adminUrl("/api/v1/reload"), { method: "POST" })).json();

      server.rewrite({ ...keys, limits: { maxStreams: 0 }, listeners: [{}, { port, protocols: ["rtmpx"] }] });
      expect(await reload()).toMatchObject({
        code: 2055,
        problems: [
          expect.stringMatching(/\/limits\/maxStreams: /),
          expect.stringMatching(/\/listeners\/1\/protocols\/0: /),
        ],
      });

      server.rewrite({
        ...keys,
        workers: workers + 1,
        limits: { maxStreams: 7 },
        listeners: [{}, { port }],
        applications: { live: { publish: { key: "s3cret" }, lagPolicy: "drop" } },
      });
      expect(await reload()).toMatchObject({ code: 0 });
      // The server may have noticed the change of the file before it was asked.
      for (const change of [
        { key: "listeners", in_force: "now" },
        { key: "limits.maxStreams", in_force: "now" },
        { key: "applications.live.lagPolicy", in_force: "new sessions" },
        { key: "applications.live.publish.key", in_force: "now" },
        { key: "workers", in_force: "after a restart" },
      ])
        await soon(() => expect(server.log(200)).toContain(JSON.stringify(change)));
      const late = new Viewer(`rtmp://127.0.0.1:${port}/live/cam`, `late${workers}`);
      await soon(() => expect(late.hasSeenAll).toBe(true));
      const refused = await publishOnce(server.url("live", "other")).end(PATIENCE_MS);
      expect(refused.code).not.toBe(0);

      server.rewrite({ ...keys, listeners: [{ port }] });
      server.signal("SIGHUP");
      await soon(() => expect(server.log(100)).toContain('"trigger":"signal"'));
      await expect(fetch(`http://127.0.0.1:${server.port(0)}/healthz`)).rejects.toThrow();
      expect([encoder.starts, viewer.starts, late.starts]).toEqual([1, 1, 1]);
      for (const program of [encoder, viewer, late]) await program.stop();
      await server.stop();
    }, 240_000);
  });
});

function publishOnce(url: string): Child {
  const file = encoded([...picture(), ...sound(), "-t", "7", ...h264(), ...audio("aac")]);
  return new Child("ffmpeg", ["-nostdin", "-v", "error", "-re", "-i", file, "-c", "copy", "-f", "flv", url]);
}
