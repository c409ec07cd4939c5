import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AmfValue } from "@headgate/amf";
import { freePort } from "@headgate/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg, ffprobe } from "../support/programs.ts";
import { readFlvFile } from "../support/recording.ts";
import { expectWhole } from "../support/runs.ts";
import { listenForPeers, type SocketPeer } from "../support/socket-peer.ts";

const MAIN = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));
const SCHEMES: readonly Scheme[] = ["rtmp", "rtmps", "rtmpt", "rtmpts", "rtmpe", "rtmpte"];

const tool = (...args: readonly string[]): Child => new Child(process.execPath, [MAIN, ...args]);

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

const url = (protocol: Scheme, stream: string): string => server.url("live", stream, { protocol });

// One after the other: the first alone starts a dozen programs.
const suite = areMissing(ffmpeg, ffprobe) ? describe.skip : describe;
suite("headgate publish and headgate play", () => {
  test("carry a file over all six transports, byte for byte", { timeout: 60_000 }, async () => {
    const file = encoded([...picture(), ...sound(), "-t", "5", ...h264(), ...audio("aac")], "flv");
    const players = SCHEMES.map((scheme) => {
      const output = server.file(`${scheme}.flv`);
      return { output, child: tool("play", url(scheme, scheme), "-o", output, "--insecure") };
    });
    // One that comes a second later begins at the second keyframe.
    const waiting = () => server.log().match(/"waiting":true/g)?.length;
    await vi.waitFor(() => expect(waiting()).toBe(SCHEMES.length), { timeout: 20_000, interval: 50 });
    const publishers = SCHEMES.map((scheme) => tool("publish", file, url(scheme, scheme), "--insecure"));
    for (const { child } of players) await child.end(30_000);
    for (const child of publishers) expect((await child.end(10_000)).code, child.errors).toBe(0);
    const published = await readFlvFile(file);
    for (const { output, child } of players) {
      expect((await child.exited).code, child.errors).toBe(0);
      const context = `${child.command}\n${server.log()}`;
      expectWhole(published, await readFlvFile(output), { from: "start", context });
      const probe = new Child("ffprobe", ["-v", "warning", output]);
      expect((await probe.exited).code).toBe(0);
      expect(probe.errors).toBe("");
    }
  });

  test("publish from the standard input", { timeout: 60_000 }, async () => {
    const file = encoded([...picture(), ...sound(), "-t", "2", ...h264(), ...audio("aac")], "flv");
    const output = server.file("piped.flv");
    const player = tool("play", url("rtmp", "piped"), "-o", output);
    const waits = /"stream":"live\/piped".*"waiting":true/;
    await vi.waitFor(() => expect(server.log()).toMatch(waits), { timeout: 20_000, interval: 50 });
    const command = `cat "${file}" | "${process.execPath}" "${MAIN}" publish - "${url("rtmp", "piped")}"`;
    const publisher = new Child("sh", ["-c", command]);
    expect((await publisher.end(20_000)).code, publisher.errors).toBe(0);
    expect((await player.end(10_000)).code, player.errors).toBe(0);
    const context = player.command;
    expectWhole(await readFlvFile(file), await readFlvFile(output), { from: "start", context });
  });

  test("publish what is no FLV file, and what is empty", { timeout: 60_000 }, async () => {
    for (const [input, message] of [
      ["printf ''", /no tag of an FLV file/],
      ["printf junk", /no tag of an FLV file/],
    ] as const) {
      const command = `${input} | "${process.execPath}" "${MAIN}" publish - "${url("rtmp", "nothing")}"`;
      const publisher = new Child("sh", ["-c", command]);
      expect((await publisher.end(20_000)).code).toBe(1);
      expect(publisher.errors).toMatch(message);
    }
  });

  test("play into a pipe, and publish over and over until they are told to end", {
    timeout: 60_000,
  }, async () => {
    const file = encoded([...picture(), ...sound(), "-t", "2", ...h264(), ...audio("aac")], "flv");
    const publisher = tool("publish", "--loop", file, url("rtmp", "loop"));
    const player = new Child("sh", [
      "-c",
      `"${process.execPath}" "${MAIN}" play -t 6 -o - "${url("rtmp", "loop")}" | ffprobe -v warning -of csv=p=0 -count_packets -show_entries stream=nb_read_packets -`,
    ]);
    const { code } = await player.end(30_000);
    expect([code, player.errors]).toEqual([0, ""]);
    const packets = player.output
      .trim()
      .split("\n")
      .map(Number)
      .filter((count) => count > 0);
    expect(Math.min(...packets)).toBeGreaterThan(140);
    expect(publisher.hasExited).toBe(false);
    expect(await publisher.stop()).toEqual({ code: 0, signal: undefined });
  });

  test("tell how a server answers and what a stream is made of", { timeout: 60_000 }, async () => {
    const file = encoded([...picture(), ...sound(), "-t", "5", ...h264(), ...audio("aac")], "flv");
    const publisher = tool("publish", "--loop", file, url("rtmp", "probed"));
    for (const scheme of SCHEMES) {
      const probe = tool("probe", url(scheme, "probed"), "--json", "--insecure", "-t", "1");
      expect((await probe.end(20_000)).code, probe.errors).toBe(0);
      expect(JSON.parse(probe.output)).toMatchObject({
        url: url(scheme, "probed"),
        handshake: { kind: scheme.includes("e") ? "rtmpe" : "digest" },
        steps: { link: expect.any(Number), firstFrame: expect.any(Number) },
        server: { code: "NetConnection.Connect.Success" },
        stream: {
          tracks: expect.arrayContaining([
            expect.objectContaining({ kind: "video", codec: "H.264" }),
            expect.objectContaining({ kind: "audio", codec: "AAC" }),
          ]),
        },
      });
    }
    await publisher.stop();
  });
});

describe.concurrent("what goes wrong is told in a sentence, and by the exit code", () => {
  test.each([
    ["a URL that is none", 1, ["play", "nothing", "-o", "x"], /must look like rtmp/],
    ["a file that is not there", 1, ["publish", "/nothing.flv", "rtmp://127.0.0.1/live/x"], /cannot be read/],
    ["the standard input, repeated", 1, ["publish", "-", "rtmp://h/live/x", "--loop"], /cannot be repeated/],
    [
      "a CA that is not there",
      1,
      ["probe", "rtmps://h/live/x", "--ca", "/nothing"],
      /--ca \/nothing cannot be used/,
    ],
    ["a name that cannot be resolved", 2, ["probe", "rtmp://nowhere.invalid/live/x"], /NAME_NOT_FOUND/],
  ])("%s", async (_, code, args, message) => {
    const child = tool(...args);
    expect((await child.end(20_000)).code).toBe(code);
    expect(child.errors).toMatch(message);
  });

  test("a server that is not there", async () => {
    const child = tool("probe", `rtmp://127.0.0.1:${await freePort()}/live/x`);
    expect((await child.end(20_000)).code).toBe(2);
    expect(child.errors).toMatch(/is a server running there\? \(CONNECTION_REFUSED\)/);
  });

  test("a certificate that cannot be verified", async () => {
    const child = tool("probe", url("rtmps", "x"));
    expect((await child.end(20_000)).code).toBe(2);
    expect(child.errors).toMatch(
      /--ca FILE, or accept any certificate with --insecure \(CERTIFICATE_NOT_TRUSTED\)/,
    );
  });

  test.each([[[]], [["--json"]]])(
    "a server cannot change what the terminal shows: probe %j",
    async (more) => {
      const hostile = "a\u001b[2J\u009b\u202e\u2028\u007f";
      const port = await freePort();
      const origin = await listenForPeers(port, (peer) => {
        peer.onCommand = (command) => refuse(peer, command, hostile);
      });
      const probe = tool("probe", `rtmp://127.0.0.1:${port}/live/x`, ...more);
      expect((await probe.end(20_000)).code).toBe(3);
      await origin.stop();
      expect(probe.output + probe.errors).toMatch(/^[\x20-\x7e\n]*$/);
      expect(probe.output + probe.errors).toContain("a\\u001b[2J");
    },
  );

  test("a stream that nobody publishes: play says that it waits, ends after its time, and leaves the file alone", {
    timeout: 40_000,
  }, async () => {
    const file = server.file("precious.flv");
    writeFileSync(file, "precious");
    const child = tool("play", url("rtmp", "nobody"), "-t", "2", "-o", file);
    expect((await child.end(30_000)).code).toBe(4);
    expect(child.errors).toMatch(/waiting: .*\n.*no media received/);
    expect(readFileSync(file, "utf8")).toBe("precious");
  });

  test("a file that cannot be written is told before anything else", async () => {
    const child = tool("play", "rtmp://nowhere.invalid/live/x", "-o", "/nowhere/x.flv");
    expect((await child.end(10_000)).code).toBe(1);
    expect(child.errors).toMatch(/x\.flv cannot be written/);
  });

  test("a stream that is published already", { timeout: 20_000 }, async () => {
    const file = encoded([...picture(), ...sound(), "-t", "5", ...h264(), ...audio("aac")], "flv");
    const first = tool("publish", "--loop", file, url("rtmp", "taken"));
    const player = tool("play", "-t", "1", "-o", server.file("taken.flv"), url("rtmp", "taken"));
    await player.end(15_000);
    const second = tool("publish", file, url("rtmp", "taken"));
    expect((await second.end(10_000)).code).toBe(3);
    expect(second.errors).toMatch(/refuses publish: .*NetStream\.Publish\.BadName/);
    await first.stop();
  });
});

/** Accepts the connection and refuses the stream, in words of its own. */
function refuse(peer: SocketPeer, [name, transactionId = 0]: readonly AmfValue[], words: string): void {
  const accepted = { level: "status", code: "NetConnection.Connect.Success", description: words };
  if (name === "connect") peer.command(0, "_result", 1, { fmsVer: words }, accepted);
  if (name === "createStream") peer.command(0, "_result", transactionId, null, 1);
  if (name !== "play") return;
  peer.command(1, "onStatus", 0, null, { level: "error", code: "NetStream.Play.Failed", description: words });
}
