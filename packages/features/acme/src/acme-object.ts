import { AcmeError } from "./acme-error.ts";

/** A JSON object of the authority. Nothing is certain of it, so its fields are read with these functions. */
export type AcmeObject = Readonly<Record<string, unknown>>;

/** Throws an AcmeError if it is something else. */
export function objectOf(value: unknown): AcmeObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as AcmeObject;
  throw new AcmeError("the authority does not answer with a JSON object");
}

/** Throws an AcmeError without this field, or if it is no text. */
export function textIn(object: AcmeObject, name: string): string {
  const value = object[name];
  if (typeof value !== "string") throw new AcmeError(`the authority leaves out ${name}`);
  return value;
}

/** Throws an AcmeError without this field, or if it is no list of at most so many texts. */
export function textsIn(object: AcmeObject, name: string, max: number): readonly string[] {
  const values = listIn(object, name);
  if (values.length > max) throw new AcmeError(`the authority names too many ${name}`);
  if (values.every((value) => typeof value === "string")) return values;
  throw new AcmeError(`the authority's ${name} are not URLs`);
}

/** Throws an AcmeError without this field, or if it is no list of objects. */
export function objectsIn(object: AcmeObject, name: string): readonly AcmeObject[] {
  return listIn(object, name).map(objectOf);
}

/** Of an order, an authorization or a challenge (RFC 8555 §7.1.6); empty if there is none. */
export function statusOf({ status }: AcmeObject): string {
  return typeof status === "string" ? status : "";
}

function listIn(object: AcmeObject, name: string): readonly unknown[] {
  const value = object[name];
  if (!Array.isArray(value)) throw new AcmeError(`the authority leaves out ${name}`);
  return value;
}
