import { pino } from "pino";
import { expect, test } from "vitest";
import { type Config, loadConfig } from "./config/load-config.ts";
import { warnOfLimits } from "./limit-warnings.ts";

function warningsOf(content: string, memoryMib: number, openFiles: number): string[] {
  const { config } = loadConfig({ name: "headgate.yaml", content }, {}, memoryMib * 1024 ** 2);
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push(JSON.parse(line).msg) });
  warnOfLimits(config as Config, openFiles, log);
  return lines;
}

const MEMORY = "maxLogBytes and maxInputBytes leave the process too little memory";
const CHUNK_STREAMS = "maxChunkStreams is too low for a client that uses all of maxNetStreams";
const FILES = "the limit of open files (ulimit -n) is too low for maxConnections";

test.each([
  ["", 1024, 20_000, []],
  ["", 1024, 10_063, [FILES]],
  ["limits: {maxConnections: 100}", 1024, 256, []],
  ["limits: {maxLogBytes: 1GiB}", 1024, 20_000, [MEMORY]],
  ["limits: {maxLogBytes: 300MiB}", 1024, 20_000, []],
  ["limits: {maxLogBytes: 300MiB}\nworkers: 4", 1024, 20_000, [MEMORY]],
  ["limits: {maxNetStreams: 33}", 1024, 20_000, [CHUNK_STREAMS]],
  ["limits: {maxNetStreams: 33, maxChunkStreams: 173}", 1024, 20_000, []],
  ["limits: {maxInputBytes: 1GiB}", 512, 20, [MEMORY, FILES]],
])("%j in %i MiB with %i open files", (content, memoryMib, openFiles, warnings) => {
  expect(warningsOf(content, memoryMib, openFiles)).toEqual(warnings);
});
