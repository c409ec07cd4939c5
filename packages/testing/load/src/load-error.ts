/** As in exit codes: wrong arguments, the server cannot be reached, it refuses, or it was interrupted. */
export type LoadFailure = "usage" | "unreachable" | "refused" | "interrupted";

/** Why a run has nothing to report. The message is a sentence for the user, without the parts of a URL that may be secret. */
export class LoadError extends Error {
  readonly failure: LoadFailure;

  constructor(failure: LoadFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}
