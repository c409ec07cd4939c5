/** Rounding errors stay well below this many bits. */
const GUARD_BITS = 64n;

/** The first words of 32 bits of pi's binary fraction, by Machin: pi/4 = 4 arctan(1/5) - arctan(1/239). */
export function fractionOfPi(words: number): Uint32Array {
  const bits = BigInt(32 * words);
  const one = 1n << (bits + GUARD_BITS);
  const pi = 4n * (4n * arctanOfInverse(5n, one) - arctanOfInverse(239n, one));
  const digits = ((pi % one) >> GUARD_BITS).toString(16).padStart(8 * words, "0");
  return Uint32Array.from({ length: words }, (_, i) => Number.parseInt(digits.slice(8 * i, 8 * i + 8), 16));
}

/** arctan(1/x) times `one`. */
function arctanOfInverse(x: bigint, one: bigint): bigint {
  let sum = 0n;
  let power = one / x;
  for (let n = 1n; power > 0n; n += 4n) {
    sum += power / n;
    power /= x * x;
    sum -= power / (n + 2n);
    power /= x * x;
  }
  return sum;
}
