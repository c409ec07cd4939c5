/** A player that runs in a video element. */
export interface Player {
  destroy(): void;
}

/** Makes a player; `onProblem` is called with a sentence when it cannot go on. */
export type OpenPlayer = (
  video: HTMLVideoElement,
  url: string,
  onProblem: (problem: string) => void,
) => Player;
