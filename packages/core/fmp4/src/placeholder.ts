import { BoxWriter } from "./box-writer.ts";

/** Bytes to be written over those at a position of the file. */
export interface Patch {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Room for the header of an `mdat` of 64 bits. */
export const PLACEHOLDER_BYTES = 16;

/** `free`, behind the first `ftyp`, which becomes {@link openingMdat}. */
export function placeholder(): Uint8Array {
  return new BoxWriter()
    .open("free")
    .zeroes(PLACEHOLDER_BYTES - 8)
    .close()
    .finish();
}

/** The header that makes one `mdat` of everything up to `moov`. */
export function openingMdat(position: number, moovPosition: number): Patch {
  if (moovPosition === 0) return { position: 0, bytes: new Uint8Array(0) };
  const bytes = new BoxWriter()
    .u32(1)
    .text("mdat")
    .u64(moovPosition - position)
    .finish();
  return { position, bytes };
}
