import { describe, expect, test } from "vitest";
import { ConfigState, type NextConfig } from "../config-state.ts";
import { parseConfig } from "../read-config.ts";
import type { Preparation } from "../server-config.ts";
import { WorkerReload } from "./worker-reload.ts";

const file = (maxStreams: number) => ({
  name: "headgate.yaml",
  content: `limits: { maxStreams: ${maxStreams} }`,
});

function stateOf(maxStreams: number): ConfigState {
  const read = parseConfig(file(maxStreams));
  if (!read.config) throw new Error(read.problems.join("\n"));
  return new ConfigState(read, (config) => config);
}

/** A worker's server that says whether it can, and notes what it is told. */
function worker(problems: readonly string[] = []) {
  const told: string[] = [];
  const state = stateOf(1);
  const preparation: Preparation = {
    problems,
    commit: () => void told.push("commit"),
    abandon: async () => void told.push("abandon"),
  };
  const reload = new WorkerReload(state, {
    prepare: async (config: NextConfig["config"]) => {
      told.push(`prepare ${config.gateway.limits.maxStreams}`);
      return preparation;
    },
  });
  return { told, state, reload };
}

describe("another configuration in a worker", () => {
  test("is in force when the primary says so, and not before", async () => {
    const { told, state, reload } = worker();
    expect(await reload.prepare(file(2))).toEqual([]);
    expect(state.config.gateway.limits.maxStreams).toBe(1);
    await reload.commit();
    expect(state.config.gateway.limits.maxStreams).toBe(2);
    expect(told).toEqual(["prepare 2", "commit"]);
  });

  test("is given back when another worker cannot have it, and is not put in force later", async () => {
    const { told, state, reload } = worker();
    await reload.prepare(file(2));
    await reload.abandon();
    await reload.commit();
    expect(state.config.gateway.limits.maxStreams).toBe(1);
    expect(told).toEqual(["prepare 2", "abandon"]);
  });

  test("that the worker cannot have is answered with the reason", async () => {
    const { reload } = worker(["listeners.1: port 1936 is in use"]);
    expect(await reload.prepare(file(2))).toEqual(["listeners.1: port 1936 is in use"]);
    const other = worker();
    expect(await other.reload.prepare(file(0))).toEqual([expect.stringContaining("/limits/maxStreams")]);
    expect(other.told).toEqual([]);
  });

  test("replaces one that waits", async () => {
    const { told, state, reload } = worker();
    await reload.prepare(file(2));
    await reload.prepare(file(3));
    await reload.commit();
    expect(told).toEqual(["prepare 2", "abandon", "prepare 3", "commit"]);
    expect(state.config.gateway.limits.maxStreams).toBe(3);
  });
});
