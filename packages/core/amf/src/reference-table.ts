import { ProtocolError } from "@headgate/bytes";

/** What a message has defined so far and may refer back to (AMF0 §2.9, AMF3 §2.2). */
export class ReferenceTable<T> {
  readonly #name: string;
  readonly #entries: T[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Takes the next place for `entry`. An object takes it before its members are read: they may refer to it. */
  add<E extends T>(entry: E): E {
    this.#entries.push(entry);
    return entry;
  }

  at(index: number): T {
    if (index >= this.#entries.length) {
      throw new ProtocolError(
        "AMF_REFERENCE_INVALID",
        `reference to ${this.#name} ${index}, ${this.#entries.length} are known`,
      );
    }
    return this.#entries[index] as T;
  }
}
