/** A directive, a key or an entry of another server's configuration. */
export interface Part {
  /** What the report calls it. Never its value, which may be a secret. */
  readonly name: string;
  /** Where it stands: `nginx.conf:12:9`. */
  readonly place: string;
  readonly parts: readonly Part[];
}

/** A directive of nginx or SRS: `name args;`, or `name args { parts }`. */
export interface Directive extends Part {
  readonly args: readonly string[];
  readonly parts: readonly Directive[];
  /** Of an `include`: why its file is not read. */
  readonly problem?: string;
}

/** A key of a YAML or JSON file with its value, or an entry of a list. */
export interface Setting extends Part {
  /** The last step of its name. */
  readonly key: string;
  readonly value: unknown;
  readonly parts: readonly Setting[];
}

/** Why nothing can be imported: one line that begins with the place. */
export class ImportError extends Error {
  constructor(place: string, sentence: string) {
    super(`${place}: ${sentence}`);
  }
}
