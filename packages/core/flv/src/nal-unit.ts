/** A zero byte before 0x03 keeps the unit from looking like a start code (§7.4.1). */
export function withoutEmulation(unit: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  for (const [at, byte] of unit.entries()) {
    const isInserted = byte === 3 && at >= 2 && unit[at - 1] === 0 && unit[at - 2] === 0;
    if (!isInserted) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
