import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type ServerConfig, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg } from "../support/programs.ts";
import { ffmpegMinute, publishWithFfmpeg } from "../support/publishers.ts";
import { SocketPeer } from "../support/socket-peer.ts";

const SDK = fileURLToPath(new URL("../support/trace-sdk.mjs", import.meta.url));
const WAIT = { timeout: 60_000, interval: 100 };
const MEDIA = [...picture(), ...sound(), "-t", "2", ...h264(), ...audio("aac")];

afterAll(killEveryChild);

interface Span {
  readonly name: string;
  readonly id: string;
  readonly trace: string;
  readonly parent?: string;
  readonly status: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

let traced = 0;

/** A server with an SDK, and its spans once it has ended. */
async function startTraced(config: ServerConfig) {
  traced += 1;
  const file = join(tmpdir(), `headgate-spans-${process.pid}-${traced}.json`);
  const server = await startHeadgate(config, { NODE_OPTIONS: `--import ${SDK}`, SPANS: file });
  const end = async (): Promise<readonly Span[]> => {
    await server.stop();
    return JSON.parse(readFileSync(file, "utf8"));
  };
  return { server, end };
}

/** What each span is a part of, in the order of their names. */
function tree(spans: readonly Span[]): readonly string[] {
  const nameOf = (id: string | undefined): string => {
    const span = spans.find((each) => each.id === id);
    return span ? `${span.parent === undefined ? "" : `${nameOf(span.parent)} > `}${span.name}` : "?";
  };
  return spans
    .map(
      ({ id, attributes }) =>
        `${nameOf(id)}${attributes["headgate.event"] === undefined ? "" : ` ${attributes["headgate.event"]}`}`,
    )
    .toSorted();
}

/** A hook's server, which allows everything. */
class Receiver {
  readonly heard: { readonly event: string; readonly headers: IncomingHttpHeaders }[] = [];
  readonly #server: Server = createServer((request, reply) => {
    let body = "";
    request.on("data", (bytes) => {
      body += bytes;
    });
    request.on("end", () => {
      this.heard.push({ event: JSON.parse(body).event, headers: request.headers });
      reply.end(JSON.stringify({ allow: true }));
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook?token=t0ken`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let receiver: Receiver | undefined;

afterEach(() => receiver?.close());

test.skipIf(areMissing(ffmpeg))(
  "what ffmpeg publishes is traced from its connection to the last hook, without secrets",
  async () => {
    receiver = new Receiver();
    const { server, end } = await startTraced({
      applications: { live: { resumeWindow: "0s", publish: { key: "s3cret" } } },
      access: { hooks: [{ dialect: "headgate", url: await receiver.listen(), secret: "s1gned" }] },
    });
    const url = `${server.url("live", "cam")}?key=s3cret`;
    const publisher = await publishWithFfmpeg(encoded(MEDIA), url, server.file("cam.flv"));
    expect((await publisher.end(60_000)).code).toBe(0);
    await vi.waitFor(() => expect(receiver!.heard.map(({ event }) => event)).toContain("close"), WAIT);
    const spans = await end();
    expect(tree(spans)).toEqual([
      "connection",
      "connection > hook close",
      "connection > hook connect",
      "connection > hook publish",
      "connection > hook unpublish",
      "connection > publish",
    ]);
    expect(new Set(spans.map(({ trace }) => trace)).size).toBe(1);
    const byName = new Map(spans.map((span) => [span.name, span.attributes]));
    expect(byName.get("connection")).toMatchObject({
      "headgate.application": "live",
      "headgate.transport": "rtmp",
      "client.address": "127.0.0.1",
      "headgate.reason": "peer closed",
    });
    expect(byName.get("publish")).toEqual({ "headgate.stream": "live/cam" });
    for (const { event, headers } of receiver.heard) {
      const span = spans.find(({ attributes }) => attributes["headgate.event"] === event)!;
      expect([event, headers.traceparent]).toEqual([event, `00-${span.trace}-${span.id}-01`]);
      expect(span.attributes).toMatchObject({
        "headgate.outcome": "allow",
        "http.response.status_code": 200,
      });
    }
    expect(JSON.stringify(spans)).not.toMatch(/s3cret|t0ken|s1gned/);
  },
  120_000,
);

test.skipIf(areMissing(ffmpeg))(
  "a pull that loses its origin is traced to the next one",
  async () => {
    const gone = await freePort();
    const origin: HeadgateServer = await startHeadgate({ applications: { live: {} } });
    await ffmpegMinute.start(origin.url("live", "cam"), origin.file("cam.flv"));
    const secret = "user:s3cret@";
    const targets = [
      `rtmp://${secret}127.0.0.1:${gone}/live`,
      origin.url("live", "").replace("//", `//${secret}`),
    ];
    const { server, end } = await startTraced({
      applications: { live: { pull: targets.map((url) => url.replace(/\/$/, "")) } },
    });
    await publishedAt(server, "live", "cam");
    await origin.stop();
    const spans = await end();
    expect(tree(spans)).toEqual(expect.arrayContaining(["pull", "pull > failover"]));
    const failover = spans.find(({ name }) => name === "failover")!;
    expect(failover.attributes).toMatchObject({
      "headgate.from": `rtmp://127.0.0.1:${gone}/live`,
      "headgate.to": origin.url("live", "").slice(0, -1),
    });
    expect(JSON.stringify(spans)).not.toContain("s3cret");
  },
  120_000,
);

test("without an SDK there is no feature for it", async () => {
  const server = await startHeadgate({ applications: { live: {} } });
  const { features } = (await (await fetch(server.adminUrl("/api/v1/features"))).json()) as {
    features: string[];
  };
  expect(features).not.toContain("tracing");
  await server.stop();
  const { server: withSdk, end } = await startTraced({ applications: { live: {} } });
  expect(await (await fetch(withSdk.adminUrl("/api/v1/features"))).text()).toContain("tracing");
  expect(await end()).toEqual([]);
}, 60_000);

/** Somebody plays a stream until it is there. */
async function publishedAt(server: HeadgateServer, application: string, stream: string): Promise<void> {
  const viewer = SocketPeer.dial(server.port(0));
  viewer.answersPings = true;
  viewer.connect(application);
  viewer.play(stream);
  await vi.waitFor(async () => {
    const { streams } = (await (await fetch(server.adminUrl("/api/v1/streams"))).json()) as {
      streams: { frames: number }[];
    };
    expect(streams[0]?.frames).toBeGreaterThan(0);
  }, WAIT);
  viewer.close();
}
