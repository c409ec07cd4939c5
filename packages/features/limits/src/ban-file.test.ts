import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BanFile } from "./ban-file.ts";
import { type Ban, Bans, MAX_BANS } from "./bans.ts";

let folder: string;
let file: string;
let log: { readonly [field: string]: unknown }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-bans-"));
  file = join(folder, "state/bans.json");
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The bans of a server that starts. */
function start(nowMs: number = 0): { readonly bans: Bans; readonly kept: BanFile } {
  const bans = new Bans(() => nowMs);
  const lines = pino({}, { write: (line: string) => log.push(JSON.parse(line)) });
  return { bans, kept: new BanFile(file, bans, { log: lines, faults: NO_FAULTS }) };
}

const FOR_EVER = { reason: "spam", forMs: undefined };

test("bans are those of before, without what was lifted and what is over", async () => {
  const { bans, kept } = start();
  const address = bans.add({ address: "203.0.113.0/24" }, FOR_EVER) as Ban;
  bans.add({ identity: "guest-*", stream: "live/*" }, { reason: "", forMs: 5_000 });
  const lifted = bans.add({ stream: "live/cam" }, FOR_EVER);
  bans.remove((lifted as { id: string }).id);
  await kept.settled();
  const second = start(4_000);
  expect(second.bans.all).toMatchObject([address, { identity: "guest-*", stream: "live/*", untilMs: 5_000 }]);
  const subject = { remoteAddress: "203.0.113.9", identity: undefined, path: undefined };
  expect(second.bans.find(subject)).toMatchObject(address);
  expect(start(5_000).bans.all).toMatchObject([address]);
  expect(readdirSync(join(folder, "state"))).toEqual(["bans.json"]);
  expect(log).toEqual([]);
});

test("without bans there is no file", () => {
  expect(start().bans.all).toEqual([]);
  expect(existsSync(file)).toBe(false);
});

const BAN = { id: "0123456789ab", address: "203.0.113.9", reason: "", createdMs: 0 };

test.each<[string, string]>([
  ["cut off", JSON.stringify([BAN]).slice(0, 20)],
  ["no list", "{}"],
  ["with a ban of everything", JSON.stringify([BAN, { ...BAN, address: undefined }])],
  ["with an address that is none", JSON.stringify([{ ...BAN, address: "nowhere" }])],
  ["with a text that is too long", JSON.stringify([{ ...BAN, stream: "x".repeat(513) }])],
  ["with a time that never comes", JSON.stringify([{ ...BAN, untilMs: 1e300 }])],
  ["too long", JSON.stringify(Array(MAX_BANS + 1).fill(BAN))],
])("a file that is %s is kept, and told of; nobody is banned", async (_, text) => {
  const { kept, bans } = start();
  bans.add({ address: "192.0.2.1" }, FOR_EVER);
  await kept.settled();
  writeFileSync(file, text);
  const { bans: others, kept: written } = start();
  expect(others.all).toEqual([]);
  expect(log).toMatchObject([{ level: 50, code: "BANS_UNREADABLE", file, kept: `${file}.broken` }]);
  others.add({ address: "192.0.2.2" }, FOR_EVER);
  await written.settled();
  expect(readFileSync(`${file}.broken`, "utf8")).toBe(text);
  expect(start().bans.all).toMatchObject([{ address: "192.0.2.2" }]);
});

test("bans hold where they cannot be written, which is told", async () => {
  const { bans, kept } = start();
  writeFileSync(join(folder, "state"), "no folder");
  bans.add({ address: "192.0.2.1" }, FOR_EVER);
  await kept.settled();
  expect(log).toMatchObject([{ code: "BANS_UNWRITABLE", file }]);
  expect(bans.all).toHaveLength(1);
});
