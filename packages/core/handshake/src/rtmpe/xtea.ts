const CYCLES = 32;
const DELTA = 0x9e3779b9;

/** Enciphers one block of 8 bytes in place. RTMPE reads the two halves of it as little-endian numbers. */
export function encipherXtea(block: Uint8Array, key: Uint32Array): void {
  const view = new DataView(block.buffer, block.byteOffset, 8);
  let left = view.getUint32(0, true);
  let right = view.getUint32(4, true);
  let sum = 0;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    left = (left + (mix(right) ^ (sum + key[sum & 3]!))) >>> 0;
    sum = (sum + DELTA) >>> 0;
    right = (right + (mix(left) ^ (sum + key[(sum >>> 11) & 3]!))) >>> 0;
  }
  view.setUint32(0, left, true);
  view.setUint32(4, right, true);
}

function mix(half: number): number {
  return ((half << 4) ^ (half >>> 5)) + half;
}
