/** The engine has no entropy of its own. Returns an array that is not kept or changed elsewhere. */
export type RandomBytes = (length: number) => Uint8Array;
