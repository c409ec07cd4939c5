import { type ByteReader, ProtocolError } from "@headgate/bytes";
import { checkCount, DecodeBudget } from "./decode-budget.ts";
import { type AmfLimits, DEFAULT_AMF_LIMITS } from "./limits.ts";
import { AMF3, OBJECT_HEADER } from "./markers.ts";
import { ReferenceTable } from "./reference-table.ts";
import { readU29, signExtendU29 } from "./u29.ts";
import { decodeUtf8 } from "./utf8.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  Dictionary,
  EcmaArray,
  Externalizable,
  emptyAmfObject,
  type ObjectTraits,
  TypedObject,
  Vector,
  type VectorElement,
  Xml,
  XmlDocument,
} from "./values.ts";

interface ClassTraits extends ObjectTraits {
  readonly className: string;
  readonly externalizable: boolean;
}

/** The classes that write themselves as exactly one value. Of any other the length is unknown. */
const EXTERNALIZABLE_AS_ONE_VALUE: ReadonlySet<string> = new Set([
  "flex.messaging.io.ArrayCollection",
  "flex.messaging.io.ObjectProxy",
  "flex.messaging.io.SerializationProxy",
]);

/** Reads AMF3 values one after the other with one set of reference tables (AMF3 §2.2). */
export class Amf3Decoder {
  readonly #reader: ByteReader;
  readonly #budget: DecodeBudget;
  readonly #strings = new ReferenceTable<string>("string");
  readonly #objects = new ReferenceTable<AmfValue>("object");
  readonly #traits = new ReferenceTable<ClassTraits>("traits");

  /** `budget` is that of the AMF0 message these values are part of. */
  constructor(
    reader: ByteReader,
    limits: AmfLimits = DEFAULT_AMF_LIMITS,
    budget: DecodeBudget = new DecodeBudget(limits),
  ) {
    this.#reader = reader;
    this.#budget = budget;
  }

  /** The offset of the first byte not yet read. */
  get position(): number {
    return this.#reader.position;
  }

  read(): AmfValue {
    this.#budget.spend(1);
    const marker = this.#reader.u8();
    switch (marker) {
      case AMF3.undefined:
        return undefined;
      case AMF3.null:
        return null;
      case AMF3.false:
        return false;
      case AMF3.true:
        return true;
      case AMF3.integer:
        return signExtendU29(readU29(this.#reader));
      case AMF3.double:
        return this.#reader.f64();
      case AMF3.string:
        return this.#readString();
      default:
        return this.#readReferable(marker);
    }
  }

  /** The types that start with a number whose lowest bit tells a reference from the value itself. */
  #readReferable(marker: number): AmfValue {
    if (marker > AMF3.dictionary) {
      throw new ProtocolError(
        "AMF_MARKER_UNKNOWN",
        `AMF3 marker ${marker} before offset ${this.#reader.position} is not that of a value`,
      );
    }
    const header = readU29(this.#reader);
    if ((header & 1) === 0) return this.#objects.at(header >>> 1);
    switch (marker) {
      case AMF3.xmlDocument:
        return this.#objects.add(new XmlDocument(this.#utf8(header >>> 1)));
      case AMF3.xml:
        return this.#objects.add(new Xml(this.#utf8(header >>> 1)));
      case AMF3.date:
        return this.#objects.add(new AmfDate(this.#reader.f64()));
      case AMF3.byteArray:
        return this.#objects.add(this.#reader.take(header >>> 1).slice());
      default:
        return this.#readContainer(marker, header);
    }
  }

  #readContainer(marker: number, header: number): AmfValue {
    this.#budget.enter();
    const container = this.#readMembers(marker, header);
    this.#budget.leave();
    return container;
  }

  #readMembers(marker: number, header: number): AmfValue {
    switch (marker) {
      case AMF3.array:
        return this.#readArray(header >>> 1);
      case AMF3.vectorInt:
        return this.#readNumberVector("int", header >>> 1, 4);
      case AMF3.vectorUint:
        return this.#readNumberVector("uint", header >>> 1, 4);
      case AMF3.vectorDouble:
        return this.#readNumberVector("double", header >>> 1, 8);
      case AMF3.vectorObject:
        return this.#readObjectVector(header >>> 1);
      case AMF3.dictionary:
        return this.#readDictionary(header >>> 1);
      default:
        return this.#readObject(header);
    }
  }

  #readArray(denseCount: number): AmfValue[] | EcmaArray {
    checkCount(this.#reader, denseCount, 1);
    const firstKey = this.#readString();
    return firstKey === "" ? this.#readDenseArray(denseCount) : this.#readEcmaArray(firstKey, denseCount);
  }

  #readDenseArray(count: number): AmfValue[] {
    const array: AmfValue[] = this.#objects.add([]);
    for (let i = 0; i < count; i += 1) array.push(this.read());
    return array;
  }

  #readEcmaArray(firstKey: string, denseCount: number): EcmaArray {
    const array = this.#objects.add(new EcmaArray(emptyAmfObject()));
    this.#readPairs(array.properties, firstKey);
    for (let i = 0; i < denseCount; i += 1) array.properties[i] = this.read();
    return array;
  }

  #readObject(header: number): AmfValue {
    const traits = this.#readTraits(header);
    if (traits.externalizable) return this.#readExternalizable(traits.className);
    const properties = emptyAmfObject();
    const isAnonymous = traits.className === "";
    const object = this.#objects.add(
      isAnonymous ? properties : new TypedObject(traits.className, properties, traits),
    );
    for (const name of traits.sealed) properties[name] = this.read();
    if (traits.dynamic) this.#readPairs(properties, this.#readString());
    return object;
  }

  #readTraits(header: number): ClassTraits {
    if ((header & OBJECT_HEADER.inlineTraits) === 0) return this.#traits.at(header >>> 2);
    const externalizable = (header & OBJECT_HEADER.externalizable) !== 0;
    const className = this.#readString();
    const sealed: string[] = [];
    if (!externalizable) {
      const count = checkCount(this.#reader, header >>> OBJECT_HEADER.sealedCountShift, 1);
      this.#budget.spend(count);
      for (let i = 0; i < count; i += 1) sealed.push(this.#readString());
    }
    const dynamic = (header & OBJECT_HEADER.dynamic) !== 0;
    return this.#traits.add({ className, externalizable, sealed, dynamic });
  }

  #readExternalizable(className: string): Externalizable {
    if (!EXTERNALIZABLE_AS_ONE_VALUE.has(className)) {
      const shown = JSON.stringify(className.slice(0, 64));
      throw new ProtocolError(
        "AMF_MARKER_UNKNOWN",
        `the class ${shown} has a form of its own, of unknown length`,
      );
    }
    const object = this.#objects.add(new Externalizable(className, undefined));
    object.value = this.read();
    return object;
  }

  #readNumberVector(element: Exclude<VectorElement, "object">, count: number, bytesEach: number): Vector {
    const fixed = this.#reader.u8() !== 0;
    checkCount(this.#reader, count, bytesEach);
    this.#budget.spend(count);
    const items: number[] = [];
    for (let i = 0; i < count; i += 1) items.push(this.#readNumber(element));
    return this.#objects.add(new Vector(element, items, fixed));
  }

  #readNumber(element: Exclude<VectorElement, "object">): number {
    if (element === "int") return this.#reader.i32();
    return element === "uint" ? this.#reader.u32() : this.#reader.f64();
  }

  #readObjectVector(count: number): Vector {
    const fixed = this.#reader.u8() !== 0;
    const vector = this.#objects.add(new Vector("object", [], fixed, this.#readString()));
    checkCount(this.#reader, count, 1);
    for (let i = 0; i < count; i += 1) vector.items.push(this.read());
    return vector;
  }

  #readDictionary(count: number): Dictionary {
    const dictionary = this.#objects.add(new Dictionary([], this.#reader.u8() !== 0));
    checkCount(this.#reader, count, 2);
    for (let i = 0; i < count; i += 1) dictionary.entries.push([this.read(), this.read()]);
    return dictionary;
  }

  /** Names and values up to the empty name (AMF3 §3.11, §3.12). */
  #readPairs(into: AmfObject, firstKey: string): void {
    for (let key = firstKey; key !== ""; key = this.#readString()) into[key] = this.read();
  }

  /** A string or a reference to one; class and member names share the table with values (AMF3 §1.3.2). */
  #readString(): string {
    const header = readU29(this.#reader);
    if ((header & 1) === 0) return this.#strings.at(header >>> 1);
    const text = this.#utf8(header >>> 1);
    if (text !== "") this.#strings.add(text);
    return text;
  }

  #utf8(length: number): string {
    return decodeUtf8(this.#reader.take(length));
  }
}
