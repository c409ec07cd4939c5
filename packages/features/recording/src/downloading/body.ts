import type { ByteRange } from "./byte-range.ts";

/** Bytes that are there, or a part of a file. */
type Piece = Uint8Array | ByteRange;

/** What is sent, piece after piece. */
export type Body = readonly Piece[];

export function lengthOf(body: Body): number {
  return body.reduce((sum, piece) => sum + lengthOfPiece(piece), 0);
}

/** A part of it. */
export function partOf(body: Body, { from, to }: ByteRange): Body {
  const part: Piece[] = [];
  let at = 0;
  for (const piece of body) {
    const [first, last] = [Math.max(0, from - at), Math.min(lengthOfPiece(piece), to - at)];
    at += lengthOfPiece(piece);
    if (first >= last) continue;
    if (piece instanceof Uint8Array) part.push(piece.subarray(first, last));
    else part.push({ from: piece.from + first, to: piece.from + last });
  }
  return part;
}

function lengthOfPiece(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.to - piece.from;
}
