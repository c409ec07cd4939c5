/** What recorders have done since the process started. */
export interface RecordingCounts {
  /** Files that were finished, and their bytes. */
  complete: number;
  bytes: number;
  failed: number;
  /** How often a recorder was so slow that the log had dropped what it had still to read. */
  lagged: number;
  uploaded: number;
  /** Uploads that were given up. */
  uploadsFailed: number;
  /** Recordings that are to be uploaded, as far as is known. */
  uploadsWaiting: number;
}

export const newCounts = (): RecordingCounts => ({
  complete: 0,
  bytes: 0,
  failed: 0,
  lagged: 0,
  uploaded: 0,
  uploadsFailed: 0,
  uploadsWaiting: 0,
});
