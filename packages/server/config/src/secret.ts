const SHOWN = "(secret)";

/** A configured text that is shown nowhere: not in a log, not in an answer, not in the configuration in force. */
export class Secret {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }
}
