declare const OF: unique symbol;

/** A JSON Schema of values of the type T. The compiler finds a property without one, and one that is not there. */
export interface Schema<T> {
  readonly [OF]?: T;
  readonly [keyword: string]: unknown;
}

export function text(description: string): Schema<string> {
  return { type: "string", description };
}

export function number(description: string): Schema<number> {
  return { type: "number", description };
}

export function flag(description: string): Schema<boolean> {
  return { type: "boolean", description };
}

export function oneOf<T extends string>(choices: readonly T[], description: string): Schema<T> {
  return { type: "string", enum: choices, description };
}

export function orNull<T>({ description, ...schema }: Schema<T>): Schema<T | null> {
  return { anyOf: [schema, { type: "null" }], description };
}

export function listOf<T>(items: Schema<T>, description: string): Schema<readonly T[]> {
  return { type: "array", items, description };
}

/** Numbers by name. */
export function numbersBy(description: string): Schema<Readonly<Record<string, number>>> {
  return { type: "object", additionalProperties: { type: "number" }, description };
}

/** Whatever it is. */
export function anything<T>(description: string): Schema<T> {
  return { description };
}

type Properties<T> = { readonly [K in keyof T]-?: Schema<T[K]> };

export function object<T>(properties: Properties<T>, description: string = ""): Schema<T> {
  return {
    type: "object",
    properties,
    required: Object.keys(properties),
    ...(description !== "" && { description }),
  };
}
