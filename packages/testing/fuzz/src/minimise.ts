import { joined } from "./mutate.ts";

/** The most runs of a target to minimise one input. */
const MAX_ATTEMPTS = 2_000;

/** The most time for it: less than the watchdog allows one input. Milliseconds. */
const MAX_MS = 20_000;

/** Leaves out the parts of an input that its failure does not need, and zeroes the bytes that do not matter. */
export async function minimise(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let attempts = 0;
  const endMs = performance.now() + MAX_MS;
  const stillFails = async (candidate: Uint8Array): Promise<boolean> => {
    attempts += 1;
    if (attempts > MAX_ATTEMPTS || performance.now() > endMs) return false;
    return await fails(candidate);
  };
  const shorter = await shorten(input, stillFails);
  return await simplify(shorter, stillFails);
}

async function shorten(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length; ) {
      const candidate = joined([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (await fails(candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}

async function simplify(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let simplest = input;
  for (let at = 0; at < input.length; at += 1) {
    if (simplest[at] === 0) continue;
    const candidate = Uint8Array.from(simplest);
    candidate[at] = 0;
    if (await fails(candidate)) simplest = candidate;
  }
  return simplest;
}
