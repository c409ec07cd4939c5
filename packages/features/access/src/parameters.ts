/**
 * The parameters of queries. A `+` stays as it is, because base64 has it. Of two with one name the first counts; those of an
 * earlier query come before those of a later one.
 */
export class Parameters {
  readonly #raw = new Map<string, string>();

  constructor(...queries: readonly string[]) {
    for (const query of queries) {
      for (const pair of query.split("&")) {
        const at = pair.indexOf("=");
        if (at <= 0) continue;
        const name = decoded(pair.slice(0, at));
        if (!this.#raw.has(name)) this.#raw.set(name, pair.slice(at + 1));
      }
    }
  }

  get(name: string): string | undefined {
    const raw = this.#raw.get(name);
    return raw === undefined ? undefined : decoded(raw);
  }

  /** As it was written. */
  raw(name: string): string | undefined {
    return this.#raw.get(name);
  }

  /** Those whose names begin so, decoded. */
  startingWith(prefix: string): readonly (readonly [name: string, value: string])[] {
    return [...this.#raw]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, raw]) => [name, decoded(raw)] as const);
  }
}

function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
