import { readdirSync, readFileSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";

/**
 * V8 takes a quarter of the memory it finds for its heap. Media is outside of the heap, but a small heap means a small process.
 */
const HEAPS_IN_MEMORY = 4;

/**
 * The memory that this process may use: the least of the machine's, the container's, the heap's and the address space's. Bytes.
 */
export function availableMemory(): number {
  return leastMemory({
    machine: totalmem(),
    container: process.constrainedMemory(),
    heap: maxHeapBytes(),
    freeAddresses: freeAddressBytes(),
  });
}

/** How much V8 believes that it may use. */
export function maxHeapBytes(): number {
  return getHeapStatistics().heap_size_limit;
}

/** What the address space has left (`ulimit -v`); Infinity without a limit. */
export function freeAddressBytes(): number {
  const usedPages = /^(\d+)/.exec(read("/proc/self/statm"))?.[1];
  return limitOf("Max address space") - Number(usedPages ?? 0) * PAGE_BYTES;
}

interface Memory {
  readonly machine: number;
  /** 0, or more than the machine has, means no limit. */
  readonly container: number;
  readonly heap: number;
  readonly freeAddresses: number;
}

export function leastMemory({ machine, container, heap, freeAddresses }: Memory): number {
  return Math.min(machine, container || Number.POSITIVE_INFINITY, heap * HEAPS_IN_MEMORY, freeAddresses);
}

/** How many files and sockets this process may have open. */
export function maxDescriptors(): number {
  return limitOf("Max open files");
}

/** How many files and sockets this process has open; 0 if the system does not report it. */
export function openDescriptors(): number {
  try {
    // Linux tells it so since version 6.2, without a list of ten thousand names.
    return statSync(DESCRIPTORS).size || readdirSync(DESCRIPTORS).length;
  } catch {
    return 0;
  }
}

const DESCRIPTORS = "/proc/self/fd";

const PAGE_BYTES = 4096;

/** The soft limit; Infinity if there is none, or if the system does not report it. */
function limitOf(name: string): number {
  return parseLimit(read("/proc/self/limits"), name);
}

export function parseLimit(limits: string, name: string): number {
  const [, soft = "unlimited"] = new RegExp(`^${name} +(\\S+)`, "m").exec(limits) ?? [];
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
