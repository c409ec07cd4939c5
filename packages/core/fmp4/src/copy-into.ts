/** The same numbers in a larger array. */
export function copyInto<Numbers extends { set(from: Numbers): void }>(
  grown: Numbers,
  old: Numbers,
): Numbers {
  grown.set(old);
  return grown;
}
