import { type ByteReader, ProtocolError } from "@headgate/bytes";
import type { AmfLimits } from "./limits.ts";

/** What is left of the limits of one message, shared by its AMF0 and its AMF3 values. */
export class DecodeBudget {
  readonly #limits: AmfLimits;
  #depth = 0;
  #values = 0;

  constructor(limits: AmfLimits) {
    this.#limits = limits;
  }

  /** How many objects and arrays are being read, one inside the other. */
  get depth(): number {
    return this.#depth;
  }

  spend(values: number): void {
    this.#values += values;
    if (this.#values > this.#limits.maxValues) {
      throw new ProtocolError(
        "AMF_SIZE_EXCEEDED",
        `more than ${this.#limits.maxValues} values in one message`,
      );
    }
  }

  enter(): void {
    this.#depth += 1;
    if (this.#depth > this.#limits.maxDepth) {
      throw new ProtocolError("AMF_DEPTH_EXCEEDED", `values nest deeper than ${this.#limits.maxDepth}`);
    }
  }

  leave(): void {
    this.#depth -= 1;
  }
}

/** Refuses a count the rest of the input is too short for, before anything is read or allocated for it. */
export function checkCount(reader: ByteReader, count: number, bytesEach: number): number {
  if (count * bytesEach > reader.remaining) {
    throw new ProtocolError(
      "AMF_TRUNCATED",
      `${count} items announced at offset ${reader.position}, ${reader.remaining} bytes left`,
    );
  }
  return count;
}
