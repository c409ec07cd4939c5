import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlvWriter } from "@headgate/flv-file";
import { Fmp4Writer } from "@headgate/fmp4";
import { MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Manifest, type Recording } from "./manifest.ts";
import { finishUnfinished } from "./recovery.ts";

let root: string;
let lines: { code?: string; error?: string }[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-recovery-"));
  mkdirSync(join(root, ".headgate"));
  mkdirSync(join(root, "live"));
  lines = [];
});

afterEach(() => rmSync(root, { recursive: true }));

const log = pino({ level: "trace" }, { write: (line) => lines.push(JSON.parse(line)) });

/** What the manifest says after a start that finds these recordings, which a server has left that is gone. */
async function statesAfter(...files: readonly string[]): Promise<Record<string, string>> {
  const all = await recordingsAfter(files);
  return Object.fromEntries(all.map(({ file, state }) => [file, state]));
}

async function recordingsAfter(files: readonly string[]): Promise<readonly Recording[]> {
  const facts = { event: "begun", stream: "live/cam", startedMs: 1_000, run: "another", pid: 2 ** 30 };
  const text = files
    .map((file) => `${JSON.stringify({ ...facts, file, format: file.slice(-3) })}\n`)
    .join("");
  writeFileSync(join(root, ".headgate/0000000001.jsonl"), text);
  const manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));
  await finishUnfinished(root, { manifest, log, willUpload: () => false, onRecovered: () => {} });
  await manifest.settle();
  return [...(await manifest.read()).values()];
}

test.each(["live/a.mp4", "live/a.flv"])("%s is deleted if nothing was written to it", async (file) => {
  writeFileSync(join(root, file), "");
  expect(await statesAfter(file)).toEqual({});
  expect(existsSync(join(root, file))).toBe(false);
  expect(lines.filter(({ code }) => code !== undefined)).toEqual([]);
});

/** Five seconds of silence by MP3, finished or not. */
function recorded(format: "mp4" | "flv", isFinished: boolean): Uint8Array {
  const writer = format === "mp4" ? new Fmp4Writer({ startedMs: 0 }) : new FlvWriter({ startedMs: 0 });
  const frame = Buffer.concat([Buffer.from("2ffffb9064", "hex"), Buffer.alloc(413)]);
  const pieces: Uint8Array[] = [];
  for (let timestamp = 0; timestamp < 5_000; timestamp += 26) {
    writer.write({ type: MessageType.audio, messageStreamId: 1, timestamp, payload: frame });
    pieces.push(...writer.take());
  }
  if (!isFinished) return Buffer.concat(pieces);
  const finish = writer.finish();
  const file = Buffer.concat([...pieces, ...finish.tail]);
  for (const { position, bytes } of "patch" in finish ? [finish.patch] : finish.patches)
    file.set(bytes, position);
  return file;
}

test.each([
  ["mp4", true],
  ["mp4", false],
  ["flv", true],
  ["flv", false],
] as const)(
  "%s that lasts a while is known with its duration, also if it was finished (%s) already",
  async (format, isFinished) => {
    writeFileSync(join(root, `live/a.${format}`), recorded(format, isFinished));
    const [recording] = await recordingsAfter([`live/a.${format}`]);
    expect(recording).toMatchObject({ state: "complete" });
    expect(recording!.durationMs).toBeGreaterThan(2_000);
    expect(recording!.durationMs).toBeLessThan(5_100);
  },
);

test("one that is gone is forgotten, and one that is no recording is left as it is", async () => {
  writeFileSync(join(root, "live/a.flv"), "no recording at all");
  expect(await statesAfter("live/gone.mp4", "live/a.flv")).toEqual({ "live/a.flv": "failed" });
  expect(lines.map(({ code }) => code)).toEqual(["RECORDING_UNFINISHED", "RECORDING_UNFINISHED"]);
});

test("a link in the place of a recording is not followed", async () => {
  const outside = mkdtempSync(join(tmpdir(), "headgate-outside-"));
  try {
    writeFileSync(join(outside, "secret"), "");
    symlinkSync(join(outside, "secret"), join(root, "live/a.mp4"));
    expect(await statesAfter("live/a.mp4")).toEqual({ "live/a.mp4": "failed" });
    expect(existsSync(join(outside, "secret"))).toBe(true);
    expect(lines.map(({ error }) => error)).toEqual(["ELOOP"]);
  } finally {
    rmSync(outside, { recursive: true });
  }
});
