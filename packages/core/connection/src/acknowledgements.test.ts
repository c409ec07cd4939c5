import { readControlValue } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { Acknowledgements } from "./acknowledgements.ts";

/** The sequence numbers acknowledged as pieces of these lengths come in. */
function acknowledged(acknowledgements: Acknowledgements, pieces: readonly number[]): number[] {
  return pieces.flatMap((bytes) => {
    const due = acknowledgements.receive(bytes);
    return due ? [readControlValue(due.payload)] : [];
  });
}

describe("acknowledgements", () => {
  it("are due twice per window", () => {
    const pieces = [499, 1, 499, 1, 250, 250];
    expect(acknowledged(new Acknowledgements(1000), pieces)).toEqual([500, 1000, 1500]);
  });

  it("are one for a piece of several windows", () => {
    expect(acknowledged(new Acknowledgements(1000), [10_000, 499, 1])).toEqual([10_000, 10_500]);
  });

  it("count modulo 2^32 and do not stop there", () => {
    const acknowledgements = new Acknowledgements(2 ** 31);
    expect(acknowledged(acknowledgements, [2 ** 32 - 1, 2 ** 30, 2 ** 32])).toEqual([
      2 ** 32 - 1,
      2 ** 30 - 1,
      2 ** 30 - 1,
    ]);
  });

  it("follow the peer's window from then on", () => {
    const acknowledgements = new Acknowledgements(1_000_000);
    expect(acknowledged(acknowledgements, [600])).toEqual([]);
    acknowledgements.useWindow(1000);
    expect(acknowledged(acknowledgements, [1, 499, 1])).toEqual([601, 1101]);
    acknowledgements.useWindow(0xffffffff);
    expect(acknowledged(acknowledgements, [2 ** 31 - 600, 1000])).toEqual([2 ** 31 + 1501]);
  });

  it("pay no heed to a window of 0, and have no more than one per piece for a window of 1", () => {
    const acknowledgements = new Acknowledgements(1000);
    acknowledgements.useWindow(0);
    expect(acknowledged(acknowledgements, [1, 400, 100])).toEqual([501]);
    acknowledgements.useWindow(1);
    expect(acknowledged(acknowledgements, [1, 100, 1])).toEqual([502, 602, 603]);
  });
});
