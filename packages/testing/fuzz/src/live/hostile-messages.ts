/** Messages to the process of the hostile clients. */
export interface ToHostile {
  readonly port: number;
  readonly seed: number;
  /** How many clients are connected at a time. */
  readonly clients: number;
}

/** Visits so far, by kind. */
export type FromHostile = Readonly<Record<string, number>>;
