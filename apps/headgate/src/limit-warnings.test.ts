import { pino } from "pino";
import { expect, test } from "vitest";
import { type Config, loadConfig } from "./config/load-config.ts";
import { warnOfLimits } from "./limit-warnings.ts";

const MIB = 1024 ** 2;

function warningsOf(
  content: string,
  memoryMib: number,
  openFiles: number,
  freeAddressMib = Number.POSITIVE_INFINITY,
): string[] {
  const { config } = loadConfig({ name: "headgate.yaml", content }, {}, memoryMib * MIB);
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push(JSON.parse(line).msg) });
  const system = { openFiles, freeAddressBytes: freeAddressMib * MIB, maxHeapBytes: 512 * MIB };
  warnOfLimits(config as Config, system, log);
  return lines;
}

const MEMORY = "maxConnections, maxLogBytes and maxInputBytes leave the process too little memory";
const FILES = "the limit of open files (ulimit -n) is too low for maxConnections";

const ADDRESSES = expect.stringContaining("not the address space (ulimit -v)");

test.each([
  ["", 1024, 20_000, []],
  ["", 4096, 10_063, [FILES]],
  ["", 1024, 4_160, []],
  ["", 1024, 4_159, [FILES]],
  ["limits: {maxConnections: 10000}", 1024, 20_000, [MEMORY]],
  ["limits: {maxConnections: 4096}", 1024, 20_000, []],
  ["limits: {maxConnections: 100}", 1024, 256, []],
  ["limits: {maxLogBytes: 1GiB}", 1024, 20_000, [MEMORY]],
  ["limits: {maxLogBytes: 300MiB}", 1024, 20_000, []],
  ["limits: {maxLogBytes: 300MiB}\nworkers: 4", 1024, 20_000, [MEMORY]],
  ["limits: {maxInputBytes: 1GiB}", 512, 20, [MEMORY, FILES]],
])("%j in %i MiB with %i open files", (content, memoryMib, openFiles, warnings) => {
  expect(warningsOf(content, memoryMib, openFiles)).toEqual(warnings);
});

test.each([
  [1023, [ADDRESSES]],
  [1024, []],
])(
  "with %i MiB of addresses left for a heap of 512 MiB and limits of as much",
  (freeAddressMib, warnings) => {
    const content = "limits: {maxLogBytes: 256MiB, maxInputBytes: 256MiB}";
    expect(warningsOf(content, 4096, 20_000, freeAddressMib)).toEqual(warnings);
  },
);
