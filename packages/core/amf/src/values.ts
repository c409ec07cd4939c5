/** What AMF0 writes for a value it has no type for (AMF0 §2.15). AMF3 has no such marker and writes undefined. */
export const Unsupported: unique symbol = Symbol("AMF0 unsupported");

/**
 * Every value AMF0 and AMF3 can carry. An object without a class is an AmfObject, a dense array a JavaScript array, a
 * ByteArray a Uint8Array; what JavaScript has no word for is one of the classes here, told apart by `kind`.
 */
export type AmfValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | typeof Unsupported
  | AmfObject
  | AmfValue[]
  | Uint8Array
  | AmfInstance;

/**
 * An object without a class. Decoded ones have no prototype, so that the key `__proto__` is a key like any other; a
 * plain object literal encodes just as well.
 */
export interface AmfObject {
  [key: string]: AmfValue;
}

/** A value that is an instance of a class of this package. */
export type AmfInstance =
  | EcmaArray
  | TypedObject
  | AmfDate
  | XmlDocument
  | Xml
  | Vector
  | Dictionary
  | Externalizable;

/**
 * An array with keys: the ECMA array of AMF0 (§2.10), the array with an associative part of AMF3 (§3.11). As in
 * ActionScript an index is a key like any other. AMF3 cannot tell an empty one from an empty dense array.
 */
export class EcmaArray {
  readonly kind = "ecmaArray";
  readonly properties: AmfObject;

  constructor(properties: AmfObject) {
    this.properties = properties;
  }
}

/** What an AMF3 class declares of its objects (§3.12). */
export interface ObjectTraits {
  /** The members every object of the class has, in the order they are written in. */
  readonly sealed: readonly string[];
  /** Whether an object may have members beyond the sealed ones. */
  readonly dynamic: boolean;
}

const UNDECLARED: ObjectTraits = { sealed: [], dynamic: true };

/** An object of a named class (AMF0 §2.18, AMF3 §3.12). AMF0 writes no traits: all its members are dynamic. */
export class TypedObject {
  readonly kind = "typedObject";
  readonly className: string;
  readonly properties: AmfObject;
  readonly sealed: readonly string[];
  readonly dynamic: boolean;

  constructor(className: string, properties: AmfObject, traits: ObjectTraits = UNDECLARED) {
    this.className = className;
    this.properties = properties;
    this.sealed = traits.sealed;
    this.dynamic = traits.dynamic;
  }
}

/** Milliseconds since 1970 UTC. The time zone, minutes, exists in AMF0 only; it should be 0 and be ignored (§2.13). */
export class AmfDate {
  readonly kind = "date";
  readonly timeMs: number;
  readonly timezoneMinutes: number;

  constructor(timeMs: number, timezoneMinutes = 0) {
    this.timeMs = timeMs;
    this.timezoneMinutes = timezoneMinutes;
  }
}

/** The text of a flash.xml.XMLDocument (AMF0 §2.17, AMF3 §3.9). */
export class XmlDocument {
  readonly kind = "xmlDocument";
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The text of an E4X XML object (AMF3 §3.13). */
export class Xml {
  readonly kind = "xml";
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type VectorElement = "int" | "uint" | "double" | "object";

/** A Vector of numbers or of objects (AMF3 §3.15); only one of objects has a type name. */
export class Vector {
  readonly kind = "vector";
  readonly element: VectorElement;
  readonly items: AmfValue[];
  readonly fixed: boolean;
  readonly typeName: string;

  constructor(element: VectorElement, items: AmfValue[], fixed = false, typeName = "") {
    this.element = element;
    this.items = items;
    this.fixed = fixed;
    this.typeName = typeName;
  }
}

/** A Dictionary, whose keys are values of any type (AMF3 §3.16). */
export class Dictionary {
  readonly kind = "dictionary";
  readonly entries: [key: AmfValue, value: AmfValue][];
  readonly weakKeys: boolean;

  constructor(entries: [key: AmfValue, value: AmfValue][], weakKeys = false) {
    this.entries = entries;
    this.weakKeys = weakKeys;
  }
}

/** An object that writes itself (AMF3 §3.12) as one value, as the Flex collections do: ArrayCollection, ObjectProxy. */
export class Externalizable {
  readonly kind = "externalizable";
  readonly className: string;
  value: AmfValue;

  constructor(className: string, value: AmfValue) {
    this.className = className;
    this.value = value;
  }
}

export function isAmfObject(value: AmfValue): value is AmfObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The properties of an object, an ECMA array or a typed object: peers send any of them where an object is meant. */
export function propertiesOf(value: AmfValue): AmfObject | undefined {
  if (isAmfObject(value)) return value;
  return value instanceof EcmaArray || value instanceof TypedObject ? value.properties : undefined;
}

export function emptyAmfObject(): AmfObject {
  return Object.create(null);
}
