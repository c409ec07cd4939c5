/**
 * One direction of an encrypted connection: a keystream that every byte takes its part of, in the order in which the bytes
 * are on the wire. It is as long as the connection, so no byte may be left out or go through twice.
 */
export interface StreamCipher {
  /**
   * Enciphers or deciphers the next bytes; the input is not changed. They go to the beginning of `target`, or else into an
   * array of their own, and what is returned is just them.
   */
  apply(bytes: Uint8Array, target?: Uint8Array): Uint8Array;
}

/** Both directions, as one side has them. */
export interface StreamCiphers {
  readonly decrypt: StreamCipher;
  readonly encrypt: StreamCipher;
}
