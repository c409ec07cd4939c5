/**
 * Fills the bytes from a position of a file on with what the system has in memory, and returns how many those are. It never waits for
 * the disk: a read through Node's threads takes twice as much time. Not there on every system.
 */
export type ReadCached = (descriptor: number, bytes: Uint8Array, position: number) => number;
