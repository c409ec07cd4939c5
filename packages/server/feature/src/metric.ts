/** A number about the server, for operators. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  /** A counter only grows. */
  readonly kind: "gauge" | "counter";
  /** The name of the one label that its numbers have. */
  readonly label?: string;
  /** How the numbers of several workers are combined; they are added up unless it says otherwise. */
  readonly combined?: "max" | "min" | "average";
  /** Called when an operator asks. With a label: a number for each of its values. */
  readonly read: () => number | ReadonlyMap<string, number>;
}
