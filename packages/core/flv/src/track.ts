/** One elementary stream within a stream's audio or video. */
export interface Track {
  /** 0 unless a multitrack message numbers it; 0 is the default track there too. */
  readonly trackId: number;
  /** For people and logs: "H.264", "HEVC", "AAC", ...; an unknown FourCC stands for itself, printable in any case. */
  readonly codec: string;
}

export const NO_TRACKS: readonly Track[] = Object.freeze([]);

/** The tracks of a message without multitrack. Made once per codec and shared, as nearly every message needs one. */
export function soleTrack(codec: string): readonly Track[] {
  return Object.freeze([Object.freeze({ trackId: 0, codec })]);
}
