/** Connections to other servers that were lost or never made, so far. */
export interface RelayFailures {
  pull: number;
  push: number;
}
