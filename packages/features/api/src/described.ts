import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import { type Static, type TNull, type TSchema, type TUnion, type TUnsafe, Type } from "typebox";

/** The values that a schema describes. Nobody changes them. */
export type Described<Schema extends TSchema> = Fixed<Static<Schema>>;

type Fixed<Value> = Value extends readonly (infer Item)[]
  ? readonly Fixed<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Fixed<Value[Key]> }
    : Value;

/** A route has its types from its schemas: what it is asked with, and what it may answer with which status. */
interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this["schema"] extends TSchema ? Described<this["schema"]> : unknown;
  readonly serializer: this["schema"] extends TSchema ? Described<this["schema"]> : unknown;
}

/** Where routes are registered whose types are those of their schemas. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypes
>;

export function orNull<Schema extends TSchema>(schema: Schema, description: string): TUnion<[Schema, TNull]> {
  return Type.Union([schema, Type.Null()], { description });
}

/** Numbers by name, as OpenAPI's generators know it: TypeBox's own record has a pattern of names. */
export function numbersBy(description: string): TUnsafe<Record<string, number>> {
  const additionalProperties = { type: "number" };
  return Type.Unsafe<Record<string, number>>({ type: "object", additionalProperties, description });
}
