/** In words of exit codes: what was asked for cannot be, there is no way to the server, it refuses, or it ended midway. */
export type LoadFailure = "usage" | "unreachable" | "refused" | "interrupted";

/** Why a run has nothing to report. The message is a sentence for people, without what may be secret in a URL. */
export class LoadError extends Error {
  readonly failure: LoadFailure;

  constructor(failure: LoadFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}
