/**
 * What has come from peers and was written to them, in bytes. It is counted as it happens: to ask ten thousand Links for it would
 * hold everything else up.
 */
export interface Traffic {
  receivedBytes: number;
  sentBytes: number;
}
