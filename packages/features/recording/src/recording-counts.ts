/** What recorders have done since the process started. */
export interface RecordingCounts {
  /** Files that were finished, and their bytes. */
  complete: number;
  bytes: number;
  failed: number;
  /** How often a recorder was so slow that the log had dropped what it had still to read. */
  lagged: number;
}

export const newCounts = (): RecordingCounts => ({ complete: 0, bytes: 0, failed: 0, lagged: 0 });
