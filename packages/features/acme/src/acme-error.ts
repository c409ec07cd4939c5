/** Why a certificate could not be obtained, in one line for the operator. */
export class AcmeError extends Error {
  override readonly name = "AcmeError";
  /** How long the authority wants to be left alone. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0) {
    super(oneLine(message));
    this.retryAfterMs = retryAfterMs;
  }
}

/** The authority's words go into the log: in a terminal, some characters change how other text is shown. */
function oneLine(text: string): string {
  return text.replace(/[^ -~]+/g, " ").slice(0, MAX_MESSAGE_LENGTH);
}

/** Authorities quote what a server has answered. */
const MAX_MESSAGE_LENGTH = 500;
