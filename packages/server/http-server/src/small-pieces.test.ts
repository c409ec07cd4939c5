import { expect, it } from "vitest";
import { SMALL_PIECE_BYTES, SMALL_PIECES_PER_SECOND, SmallPieces } from "./small-pieces.ts";

const BYTE = 1 / SMALL_PIECE_BYTES;

/** How many pieces of so many bytes are taken at once. */
function takenOf(pieces: SmallPieces, bytes: number, nowMs = 0): number {
  let count = 0;
  while (count < 100_000 && pieces.take(bytes, nowMs)) count += 1;
  return count;
}

it("takes so many at once, and so many in each second", () => {
  const pieces = new SmallPieces(0);
  expect(takenOf(pieces, 1)).toBe(Math.floor(SMALL_PIECES_PER_SECOND / (1 - BYTE)));
  const later = Array.from({ length: 60_000 }, (_, ms) => pieces.take(1, 1_000 + ms));
  expect(later.every(Boolean)).toBe(true);
});

it("takes no more at once after a long silence", () => {
  expect(takenOf(new SmallPieces(0), 1, 3_600_000)).toBe(Math.floor(SMALL_PIECES_PER_SECOND / (1 - BYTE)));
});

it("takes any number of pieces that are long enough on average, whatever short ones are among them", () => {
  const pieces = new SmallPieces(0);
  expect(takenOf(pieces, SMALL_PIECE_BYTES)).toBe(100_000);
  const mixed = Array.from({ length: 10_000 }, (_, index) => pieces.take(index % 2 === 0 ? 1_500 : 1, 0));
  expect(mixed.every(Boolean)).toBe(true);
});
