import { Random } from "@headgate/testkit";

/** FNV-1a. */
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** A seed for each input of each target, so that one input can be made without those before it. */
export function inputSeed(seed: number, target: string, index: number): number {
  let hash = OFFSET_BASIS;
  for (const part of [seed, seed / 2 ** 32, index, index / 2 ** 32]) hash = mix(hash, part >>> 0);
  for (let i = 0; i < target.length; i += 1) hash = mix(hash, target.charCodeAt(i));
  return hash;
}

/** Randomness that depends on the input alone, for choices of a target while it runs, such as cuts and waits. */
export function randomOf(input: Uint8Array): Random {
  let hash = OFFSET_BASIS;
  for (const byte of input) hash = Math.imul(hash ^ byte, PRIME);
  return new Random(hash >>> 0);
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, PRIME);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
