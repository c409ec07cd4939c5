/** Distinguishes a message of the benchmark from a decoder configuration. */
const MAGIC = 0x48676d6b;

/** Magic, sequence number, time. */
export const MARK_LENGTH = 16;

/** Which message of its kind this is, and when it was sent, in milliseconds of the machine's monotonic clock. */
export interface Mark {
  readonly sequence: number;
  readonly sentMs: number;
}

export function writeMark(bytes: Uint8Array, at: number, { sequence, sentMs }: Mark): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(at, MAGIC);
  view.setUint32(at + 4, sequence);
  view.setFloat64(at + 8, sentMs);
}

export function readMark(bytes: Uint8Array, at: number): Mark | undefined {
  if (bytes.length < at + MARK_LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(at) !== MAGIC) return undefined;
  return { sequence: view.getUint32(at + 4), sentMs: view.getFloat64(at + 8) };
}

/** The same clock in every process of the machine. Milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
