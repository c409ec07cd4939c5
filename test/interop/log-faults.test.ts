import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Message, MessageType } from "@headgate/message";
import { afterAll, afterEach, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { SocketPeer } from "../support/socket-peer.ts";

/** More lines than any pipe holds: each connection is one. */
const CONNECTIONS = 1_500;

const WAIT = { timeout: 15_000, interval: 50 };
const folder = mkdtempSync(join(tmpdir(), "headgate-log-faults-"));
const clean: (() => void)[] = [];

afterEach(() => {
  for (const undo of clean.splice(0).reverse()) undo();
});

afterAll(() => {
  killEveryChild();
  rmSync(folder, { recursive: true, force: true });
});

/** A file system that holds 32 KiB; undefined where the user may not mount one. */
function smallDisk(): string | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32k", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  clean.push(() => execFileSync("umount", ["--lazy", folder]));
  return join(folder, "log");
}

function openLog(file: string, flags: string): number {
  const fd = openSync(file, flags);
  clean.push(() => closeSync(fd));
  return fd;
}

/** A pipe with a reader that never reads. */
function unreadPipe(): number {
  const name = join(folder, `pipe-${process.hrtime.bigint()}`);
  execFileSync("mkfifo", [name]);
  return openLog(name, "r+");
}

function frame(timestamp: number): Message {
  const payload = Uint8Array.of(timestamp % 1000 === 0 ? 0x17 : 0x27, 1, 0, 0, 0, timestamp & 0xff);
  return { type: MessageType.video, timestamp, messageStreamId: 1, payload };
}

async function peer(server: HeadgateServer, command: "publish" | "play"): Promise<SocketPeer> {
  const one = SocketPeer.dial(server.port(0));
  one.connect("live");
  one[command]("cam");
  await expect.poll(() => one.commands.some(([name]) => name === "onStatus"), WAIT).toBe(true);
  return one;
}

async function comeAndGo(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  // The beginning of a handshake.
  socket.end("\x03").resume();
  await new Promise((resolve) => socket.once("close", resolve));
}

/** Has connections log more than the log takes; a publisher and a viewer miss nothing of each other meanwhile. */
async function streamThroughFlood(server: HeadgateServer): Promise<void> {
  const publisher = await peer(server, "publish");
  const viewer = await peer(server, "play");
  let sent = 0;
  for (let i = 0; i < CONNECTIONS; i += 1) {
    await comeAndGo(server.port(0));
    if (i % 10 === 0) {
      publisher.send(frame(sent * 40), 4);
      sent += 1;
    }
  }
  const videos = () => viewer.messages.filter(({ type }) => type === MessageType.video);
  await expect.poll(() => videos().length, WAIT).toBe(sent);
  expect(publisher.isClosed || viewer.isClosed).toBe(false);
  publisher.close();
  viewer.close();
}

test.each<[string, () => number | undefined]>([
  ["a full device", () => openLog("/dev/full", "w")],
  ["a pipe that nobody reads", unreadPipe],
  [
    "a disk that becomes full",
    () => {
      const file = smallDisk();
      return file === undefined ? undefined : openLog(file, "a");
    },
  ],
])(
  "with its log on %s a server serves on, and ends when it is told to",
  async (_, open) => {
    const fd = open();
    if (fd === undefined) return console.warn("no file system can be mounted here: not tested");
    for (const workers of [1, 2]) {
      const server = await startHeadgate(
        { applications: { "*": {} }, log: { level: "debug", format: "json" }, workers },
        {},
        { outputDescriptor: fd },
      );
      await streamThroughFlood(server);
      await server.stop();
    }
  },
  120_000,
);
