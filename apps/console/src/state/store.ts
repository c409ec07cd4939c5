import { useEffect, useReducer } from "preact/hooks";

/** A value that components can watch. */
export class Store<Value> {
  #value: Value;
  readonly #listeners = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  /** Returns the function that ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The store's value; the component is shown again when it changes. */
export function useStore<Value>(store: Store<Value>): Value {
  const [, showAgain] = useReducer((count: number) => count + 1, 0);
  useEffect(() => store.subscribe(() => showAgain(undefined as never)), [store]);
  return store.value;
}
