/** One number of a metric, with the value of each of its labels. */
export type LabelledNumber = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A number about the server, for operators. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  /** A counter only grows. */
  readonly kind: "gauge" | "counter";
  /** The names of the labels that its numbers have. */
  readonly labels?: readonly string[];
  /** How the numbers of several workers are combined; they are added up unless it says otherwise. */
  readonly combined?: "max" | "min" | "average";
  /** Called when an operator asks. With one label, a number for each of its values will do. */
  readonly read: () => number | ReadonlyMap<string, number> | readonly LabelledNumber[];
}
