/** The engine has no entropy of its own. Returns an array that nobody else keeps or changes. */
export type RandomBytes = (length: number) => Uint8Array;
