import type { ByteWriter } from "@headgate/bytes";
import { EncodeGuard } from "./encode-guard.ts";
import { AMF3, OBJECT_HEADER } from "./markers.ts";
import { MAX_INTEGER, MAX_U29, MIN_INTEGER, writeU29 } from "./u29.ts";
import { encodeUtf8 } from "./utf8.ts";
import {
  type AmfInstance,
  type AmfObject,
  type AmfValue,
  type Dictionary,
  type EcmaArray,
  type Externalizable,
  isAmfObject,
  type ObjectTraits,
  TypedObject,
  type Vector,
  type VectorElement,
} from "./values.ts";

const VECTOR_MARKERS: Readonly<Record<VectorElement, number>> = {
  int: AMF3.vectorInt,
  uint: AMF3.vectorUint,
  double: AMF3.vectorDouble,
  object: AMF3.vectorObject,
};

/** Throws an Error for a value that contains itself. */
export function writeAmf3(writer: ByteWriter, value: AmfValue): void {
  new Amf3Encoder(writer, new EncodeGuard(writer)).write(value);
}

/** Writes values without references: strings, traits and objects are always inline. */
export class Amf3Encoder {
  readonly #writer: ByteWriter;
  readonly #guard: EncodeGuard;

  constructor(writer: ByteWriter, guard: EncodeGuard) {
    this.#writer = writer;
    this.#guard = guard;
  }

  write(value: AmfValue): void {
    this.#guard.enter();
    this.#writeValue(value);
    this.#guard.leave();
  }

  #writeValue(value: AmfValue): void {
    switch (typeof value) {
      case "number":
        this.#writeNumber(value);
        break;
      case "boolean":
        this.#writer.u8(value ? AMF3.true : AMF3.false);
        break;
      case "string":
        this.#writer.u8(AMF3.string);
        this.#writeUtf8(value);
        break;
      case "undefined":
      case "symbol":
        this.#writer.u8(AMF3.undefined);
        break;
      default:
        if (value === null) this.#writer.u8(AMF3.null);
        else if (Array.isArray(value)) this.#writeDenseArray(value);
        else if (isAmfObject(value)) this.#writeObject(new TypedObject("", value));
        else if (value instanceof Uint8Array) this.#writeByteArray(value);
        else this.#writeInstance(value);
    }
  }

  #writeInstance(value: AmfInstance): void {
    switch (value.kind) {
      case "ecmaArray":
        this.#writeEcmaArray(value);
        break;
      case "typedObject":
        this.#writeObject(value);
        break;
      case "date":
        this.#writer.u8(AMF3.date).u8(1).f64(value.timeMs);
        break;
      case "xmlDocument":
        this.#writer.u8(AMF3.xmlDocument);
        this.#writeUtf8(value.text);
        break;
      case "xml":
        this.#writer.u8(AMF3.xml);
        this.#writeUtf8(value.text);
        break;
      case "vector":
        this.#writeVector(value);
        break;
      case "dictionary":
        this.#writeDictionary(value);
        break;
      case "externalizable":
        this.#writeExternalizable(value);
        break;
      default:
        throw new Error(`AMF cannot express ${Object.prototype.toString.call(value)}`);
    }
  }

  /** Integers have 29 bits and no negative zero; everything else is a double (AMF3 §3.6). */
  #writeNumber(value: number): void {
    const isInteger = Number.isInteger(value) && !Object.is(value, -0);
    if (isInteger && value >= MIN_INTEGER && value <= MAX_INTEGER) {
      this.#writer.u8(AMF3.integer);
      writeU29(this.#writer, value & MAX_U29);
    } else {
      this.#writer.u8(AMF3.double).f64(value);
    }
  }

  #writeByteArray(bytes: Uint8Array): void {
    this.#writer.u8(AMF3.byteArray);
    this.#writeLength(bytes.length);
    this.#writer.raw(bytes);
  }

  #writeDenseArray(array: AmfValue[]): void {
    this.#writer.u8(AMF3.array);
    this.#writeLength(array.length);
    this.#writeUtf8("");
    for (const value of array) this.write(value);
  }

  /**
   * Indexes without a gap are the dense part; JavaScript lists them first, in rising order. With nothing beside them they
   * are written as names, or a plain array would be read back.
   */
  #writeEcmaArray({ properties }: EcmaArray): void {
    const keys = Object.keys(properties);
    let denseCount = 0;
    while (denseCount < keys.length && keys[denseCount] === String(denseCount)) denseCount += 1;
    if (denseCount === keys.length) denseCount = 0;
    const names = keys.slice(denseCount);
    if (names.includes("")) throw new Error("AMF3 cannot express an array with an empty key");

    this.#writer.u8(AMF3.array);
    this.#writeLength(denseCount);
    this.#writePairs(properties, names);
    for (let i = 0; i < denseCount; i += 1) this.write(properties[i]);
  }

  #writeObject(object: TypedObject): void {
    const { className, properties } = object;
    const { sealed, dynamic } = writableTraits(object);
    const flags = OBJECT_HEADER.inline | OBJECT_HEADER.inlineTraits | (dynamic ? OBJECT_HEADER.dynamic : 0);

    this.#writer.u8(AMF3.object);
    writeU29(this.#writer, sealed.length * 2 ** OBJECT_HEADER.sealedCountShift + flags);
    this.#writeUtf8(className);
    for (const name of sealed) this.#writeUtf8(name);
    for (const name of sealed) this.write(properties[name]);
    if (dynamic) this.#writePairs(properties, undeclaredNames(properties, sealed));
  }

  #writeExternalizable({ className, value }: Externalizable): void {
    this.#writer
      .u8(AMF3.object)
      .u8(OBJECT_HEADER.inline | OBJECT_HEADER.inlineTraits | OBJECT_HEADER.externalizable);
    this.#writeUtf8(className);
    this.write(value);
  }

  #writeVector({ element, items, fixed, typeName }: Vector): void {
    this.#writer.u8(VECTOR_MARKERS[element]);
    this.#writeLength(items.length);
    this.#writer.u8(fixed ? 1 : 0);
    if (element === "object") {
      this.#writeUtf8(typeName);
      for (const item of items) this.write(item);
    } else {
      for (const item of items) this.#writeVectorNumber(element, item);
    }
  }

  #writeVectorNumber(element: VectorElement, item: AmfValue): void {
    if (typeof item !== "number") throw new Error(`a Vector of ${element} holds a ${typeof item}`);
    if (element === "double") this.#writer.f64(item);
    else this.#writer.u32(item);
  }

  #writeDictionary({ entries, weakKeys }: Dictionary): void {
    this.#writer.u8(AMF3.dictionary);
    this.#writeLength(entries.length);
    this.#writer.u8(weakKeys ? 1 : 0);
    for (const [key, value] of entries) {
      this.write(key);
      this.write(value);
    }
  }

  #writePairs(properties: AmfObject, names: readonly string[]): void {
    for (const name of names) {
      this.#writeUtf8(name);
      this.write(properties[name]);
    }
    this.#writeUtf8("");
  }

  #writeUtf8(text: string): void {
    const bytes = encodeUtf8(text);
    this.#writeLength(bytes.length);
    this.#writer.raw(bytes);
  }

  /** A length or count whose low bit says that what follows is no reference. */
  #writeLength(length: number): void {
    writeU29(this.#writer, length * 2 + 1);
  }
}

/** An empty name ends the dynamic members, so a member that has it is written as a sealed one. */
function writableTraits({ properties, sealed, dynamic }: TypedObject): ObjectTraits {
  const misplaced = dynamic && Object.hasOwn(properties, "") && !sealed.includes("");
  return { sealed: misplaced ? ["", ...sealed] : sealed, dynamic };
}

function undeclaredNames(properties: AmfObject, sealed: readonly string[]): string[] {
  const names = Object.keys(properties);
  if (sealed.length === 0) return names;
  const declared = new Set(sealed);
  return names.filter((name) => !declared.has(name));
}
