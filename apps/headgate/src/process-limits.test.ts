import { spawnSync } from "node:child_process";
import { totalmem } from "node:os";
import { expect, test } from "vitest";
import { availableMemory, leastMemory, maxDescriptors, parseLimit } from "./process-limits.ts";

const MIB = 1024 ** 2;
const none = Number.POSITIVE_INFINITY;

test.each([
  ["the machine", { machine: 2048, container: 0, heap: 1024, freeAddresses: none }, 2048],
  [
    "no container, as cgroup v1 says it",
    { machine: 2048, container: 2 ** 63, heap: 1024, freeAddresses: none },
    2048,
  ],
  ["a container", { machine: 65_536, container: 400, heap: 256, freeAddresses: none }, 400],
  ["a small heap", { machine: 65_536, container: 0, heap: 64, freeAddresses: none }, 256],
  ["few addresses", { machine: 65_536, container: 0, heap: 4096, freeAddresses: 120 }, 120],
])("what limits the memory is %s", (_, memory, expected) => {
  expect(leastMemory(memory)).toBe(expected);
});

test("this process may use some of the machine's memory", () => {
  expect(availableMemory()).toBeGreaterThan(64 * MIB);
  expect(availableMemory()).toBeLessThanOrEqual(totalmem());
  expect(maxDescriptors()).toBeGreaterThan(100);
});

test("limits of the system are read", () => {
  const limits = `Limit                     Soft Limit           Hard Limit           Units
Max open files            20000                30000                files
Max address space         unlimited            unlimited            bytes
`;
  expect(parseLimit(limits, "Max open files")).toBe(20_000);
  expect(parseLimit(limits, "Max address space")).toBe(none);
  expect(parseLimit("", "Max open files")).toBe(none);
});

test("a small heap and little address space make a process small", () => {
  const file = new URL("../dist/process-limits.js", import.meta.url).href;
  const program = `import { availableMemory } from "${file}"; console.log(availableMemory());`;
  const memoryOf = (before: string, ...args: readonly string[]): number => {
    const shell = `${before} exec "$0" "$@"`;
    const node = [process.execPath, ...args, "--input-type=module", "-e", program];
    return Number(spawnSync("bash", ["-c", shell, ...node], { encoding: "utf8" }).stdout);
  };
  // The young generation, for which V8 takes up to 192 MiB, comes on top.
  expect(memoryOf("", "--max-old-space-size=64")).toBeLessThanOrEqual(4 * (64 + 192) * MIB);
  expect(memoryOf("ulimit -v 16000000;")).toBeLessThan(16_000_000 * 1024);
});
