import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { FlvDecoder } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { encoded, h264, picture } from "../support/media.ts";
import { areMissing, ffmpeg } from "../support/programs.ts";
import { filesIn, packetsIn } from "../support/recorded-files.ts";
import { SocketPeer } from "../support/socket-peer.ts";

/** Of the file system. Bytes. */
const MAX_LEVEL_BYTES = 255;

/** Names that publishers choose, and whether there can be such a stream. */
const NAMES: readonly (readonly [name: string, isStream: boolean])[] = [
  ["..", false],
  ["../../outside", false],
  ["a/../../outside", false],
  ["%2e%2e/outside", false],
  ["..%2foutside", false],
  ["..\\outside", false],
  [".hidden", true],
  [".headgate/0000000001.jsonl", true],
  ["...", true],
  ["/etc/passwd", true],
  ["nul\u0000byte", true],
  ["new\nline", true],
  ["escape\u001b[2J", true],
  ["right\u202eto left", true],
  ["100%", true],
  ["%00", true],
  ["a%2Fb", true],
  ["a\\b", true],
  ["C:\\windows\\win.ini", true],
  ["CON", true],
  ["con.flv", true],
  ["aux.", true],
  ["film.flv:stream", true],
  ["*?<>|\"'`$(reboot);&", true],
  ["-rf", true],
  ["~root", true],
  // The same to a reader, and to some file systems.
  ["caf\u00e9", true],
  ["cafe\u0301", true],
  ["CAFE", true],
  ["\ufb01lm", true],
  ["\ud800", true],
  ["x".repeat(MAX_LEVEL_BYTES), true],
  [`${"x".repeat(MAX_LEVEL_BYTES)}y`, true],
  ["\u{1f3a5}".repeat(120), true],
  [`${"d/".repeat(240)}e`, true],
  [`${"\u202e/".repeat(240)}e`, true],
  ["x".repeat(2_000), false],
];

/** Names that players choose to get a file that is not theirs. */
const SECRETS: readonly string[] = [
  "../secret/film.flv",
  "flv:../secret/film",
  "..%2fsecret%2ffilm.flv",
  "%2e%2e/secret/film.flv",
  "..\\secret\\film.flv",
  "inner/../../secret/film.flv",
  "film.flv/../../secret/film.flv",
  "link.flv",
  "folder/film.flv",
  ".hidden/film.flv",
  ".hidden.flv",
  "inner/.hidden.flv",
  "film.flv\u0000.mp4",
  "\u0000",
  `${"x".repeat(MAX_LEVEL_BYTES)}.flv`,
  "x/".repeat(250),
  "inner",
  "film.txt",
];

let root: string;
let films: string;
let server: HeadgateServer;
let media: readonly Message[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-names-"));
  films = join(root, "films");
  const film = encoded([...picture("testsrc2", "64x64"), "-t", "1", ...h264()], "flv");
  for (const folder of ["films/inner", "films/.hidden", "secret", "recordings"])
    mkdirSync(join(root, folder), { recursive: true });
  for (const file of ["film.flv", "film.txt", ".hidden.flv", ".hidden/film.flv", "inner/.hidden.flv"])
    copyFileSync(film, join(films, file));
  copyFileSync(film, join(root, "secret/film.flv"));
  symlinkSync("../secret/film.flv", join(films, "link.flv"));
  symlinkSync("../secret", join(films, "folder"));
  media = messagesIn(film);
  server = await startHeadgate({
    recording: { root: join(root, "recordings") },
    applications: {
      live: { record: { format: "flv", name: "{app}/{stream}" }, resumeWindow: "0s" },
      films: { vod: films },
      "*": {},
    },
  });
}, 60_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  rmSync(root, { recursive: true });
});

function messagesIn(file: string): Message[] {
  const decoder = new FlvDecoder();
  decoder.push(readFileSync(file));
  const messages: Message[] = [];
  for (let tag = decoder.next(); tag; tag = decoder.next())
    messages.push({ ...tag, timestamp: tag.timestamp >>> 0, messageStreamId: 1 });
  return messages;
}

/** The first status that a request is answered with, and the peer, which goes on. */
async function ask(application: string, request: (peer: SocketPeer) => void) {
  const peer = SocketPeer.dial(server.port(0));
  const codes: string[] = [];
  peer.onCommand = ([name, , , info]) => {
    if (name === "onStatus") codes.push((info as { code: string }).code);
  };
  peer.connect(application);
  request(peer);
  const isAnswered = (): boolean => codes.some((code) => !code.endsWith("Reset")) || peer.isClosed;
  while (!isAnswered()) await Promise.race([once(peer.socket, "data"), once(peer.socket, "close")]);
  return { peer, code: codes.find((code) => !code.endsWith("Reset")) ?? "closed" };
}

interface Listed {
  readonly file: string;
  readonly stream: string;
  readonly state: string;
}

async function listed(): Promise<readonly Listed[]> {
  const reply = await fetch(server.adminUrl("/api/v1/recordings?count=1000"));
  return ((await reply.json()) as { recordings: Listed[] }).recordings;
}

describe.skipIf(areMissing(ffmpeg))("names that attack", () => {
  test("are recorded as one file each below the root, or are no names of streams", async () => {
    const outside = readdirSync(root);
    for (const [name, isStream] of NAMES) {
      const { peer, code } = await ask("live", (publisher) => publisher.publish(name));
      expect([name, code]).toEqual([name, `NetStream.Publish.${isStream ? "Start" : "BadName"}`]);
      if (isStream) for (const message of media) peer.send(message, 4);
      peer.command(0, "deleteStream", 0, null, 1);
      await expect.poll(() => server.metric("headgate_recordings"), { timeout: 20_000 }).toBe(0);
      peer.close();
    }
    const streams = NAMES.filter(([, isStream]) => isStream);
    await expect
      .poll(async () => (await listed()).filter(({ state }) => state === "complete").length, {
        timeout: 20_000,
      })
      .toBe(streams.length);

    expect(readdirSync(root)).toEqual(outside);
    const recordings = join(root, "recordings");
    expect(readdirSync(recordings).sort()).toEqual([".headgate", "live"]);
    const files = filesIn(join(recordings, "live"));
    const all = await listed();
    expect(files.map((file) => relative(recordings, file)).sort()).toEqual(
      all.map(({ file }) => file).sort(),
    );
    expect(new Set(all.map(({ stream }) => stream)).size).toBe(streams.length);
    for (const file of files) {
      expect(Buffer.byteLength(basename(file))).toBeLessThanOrEqual(MAX_LEVEL_BYTES);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
      expect(file).not.toMatch(/[\u0000-\u001f\\:*?"<>|\u202e]|\/\./);
    }
    const packets = await packetsIn(
      encoded([...picture("testsrc2", "64x64"), "-t", "1", ...h264()], "flv"),
      "v",
    );
    for (const file of [files[0]!, files.at(-1)!]) expect(await packetsIn(file, "v")).toEqual(packets);
  }, 120_000);

  test("get no file from outside of a folder, and none that is hidden", async () => {
    const { peer, code } = await ask("films", (player) => play(player, "film"));
    expect(code).toBe("NetStream.Play.Start");
    await expect.poll(() => pictures(peer), { timeout: 20_000 }).toBeGreaterThan(20);
    peer.close();
    for (const name of SECRETS) {
      const { peer: thief } = await ask("films", (player) => {
        player.command(0, "getStreamLength", 9, null, name);
        play(player, name);
      });
      // Whatever it was answered, a stream that may be published later, or nothing.
      thief.command(0, "createStream", 10, null);
      await expect.poll(() => thief.isClosed || thief.commands.some(([, id]) => id === 10)).toBe(true);
      expect([name, pictures(thief)]).toEqual([name, 0]);
      const length = thief.commands.find(([, id]) => id === 9)?.[3];
      expect([name, length ?? 0]).toEqual([name, 0]);
      thief.close();
    }
    expect(existsSync(join(root, "secret/film.flv"))).toBe(true);
  }, 60_000);
});

function pictures({ messages }: SocketPeer): number {
  return messages.filter(({ type }) => type === MessageType.video).length;
}

/** From the beginning of a recording. */
function play(peer: SocketPeer, name: string): void {
  peer.command(0, "createStream", 2, null);
  peer.command(1, "play", 0, null, name, 0);
}
