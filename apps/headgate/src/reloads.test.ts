import type { FaultScope } from "@headgate/transport";
import { pino } from "pino";
import { expect, test } from "vitest";
import { ConfigState } from "./config-state.ts";
import { parseConfig } from "./read-config.ts";
import { Reloads } from "./reloads.ts";

const read = (maxStreams: number) =>
  parseConfig({ name: "headgate.yaml", content: `limits: { maxStreams: ${maxStreams} }` });

/** A server that gets ready with these problems, while the file says that two streams may be there. */
function reloads(problems: readonly string[]) {
  const started = read(1);
  if (!started.config) throw new Error(started.problems.join("\n"));
  const state = new ConfigState(started, (config) => config);
  const told: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const made = new Reloads({
    state,
    server: {
      faults: { report: (_: FaultScope, error) => told.push(String(error)), unrecoverable: () => {} },
      prepare: async () => ({
        problems,
        commit: () => void told.push("commit"),
        abandon: async () => void told.push("abandon"),
      }),
    },
    read: () => read(2),
    check: () => [],
    log: pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  });
  return { reloads: made, state, told, lines };
}

test("what all are ready for is put in force, and the log says who wanted it", async () => {
  const { reloads: made, state, told, lines } = reloads([]);
  expect(await made.reload("file")).toEqual({ changes: [{ key: "limits.maxStreams", in_force: "now" }] });
  expect(told).toEqual(["commit"]);
  expect(state.config.gateway.limits.maxStreams).toBe(2);
  expect(lines).toMatchObject([{ trigger: "file", msg: "configuration reloaded" }]);
});

test("what one is not ready for is given back by all, and the answer says why", async () => {
  const { reloads: made, state, told, lines } = reloads(["a worker does not answer"]);
  expect(await made.reload("file")).toEqual({ problems: ["a worker does not answer"] });
  expect(told).toEqual(["abandon"]);
  expect(state.config.gateway.limits.maxStreams).toBe(1);
  expect(lines).toMatchObject([{ trigger: "file", problems: ["a worker does not answer"] }]);
});
