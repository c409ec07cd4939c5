/** Why a recording has not been uploaded, without anything that the other side has said. */
export class UploadFailure extends Error {
  override readonly name = "UploadFailure";
  /** What a command has said last, for the log. */
  readonly said: string | undefined;

  constructor(message: string, said?: string) {
    super(message);
    this.said = said;
  }
}

/** Of errors of the system and of HTTP only their code is told. */
export function failureOf(error: unknown): UploadFailure {
  if (error instanceof UploadFailure) return error;
  const { code, name } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError") return new UploadFailure("it took longer than recording.upload.timeout");
  return new UploadFailure(typeof code === "string" ? code : name);
}
