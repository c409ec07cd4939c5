import { ByteReader, ProtocolError } from "@headgate/bytes";
import { Amf3Decoder } from "./amf3-decoder.ts";
import { checkCount, DecodeBudget } from "./decode-budget.ts";
import { type AmfLimits, DEFAULT_AMF_LIMITS } from "./limits.ts";
import { AMF0 } from "./markers.ts";
import { ReferenceTable } from "./reference-table.ts";
import { decodeUtf8 } from "./utf8.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  EcmaArray,
  emptyAmfObject,
  TypedObject,
  Unsupported,
  XmlDocument,
} from "./values.ts";

/** Where a member of an object lies in its message: its key, its value, and what follows. */
export interface MemberSpan {
  readonly key: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Where an object lies in its message. */
export interface ObjectLayout {
  readonly membersStart: number;
  readonly members: readonly MemberSpan[];
  /** Behind its end marker, if it has one. */
  readonly end: number;
}

const WITH_MEMBERS: ReadonlySet<number | undefined> = new Set([
  AMF0.object,
  AMF0.ecmaArray,
  AMF0.typedObject,
]);

/** All values of a command or data message. */
export function decodeAmf0Values(payload: Uint8Array, limits: AmfLimits = DEFAULT_AMF_LIMITS): AmfValue[] {
  return new Amf0Decoder(new ByteReader(payload, "AMF_TRUNCATED"), limits).readRest();
}

/**
 * Reads the AMF0 values of one message, one at a time, and the AMF3 values among them. References reach back over the
 * whole message (AMF0 §2.9), and so do those of its AMF3 values, which share one set of tables (AMF3 §4.1): a message
 * needs one decoder. The reader may be used for other fields between two values; its creator chooses the error for
 * input that ends too early.
 */
export class Amf0Decoder {
  readonly #reader: ByteReader;
  readonly #budget: DecodeBudget;
  readonly #objects = new ReferenceTable<AmfValue>("object");
  readonly #amf3: Amf3Decoder;
  /** Kept of the object that is being laid out. */
  #layout: { membersStart: number; readonly members: MemberSpan[] } | undefined;

  constructor(reader: ByteReader, limits: AmfLimits = DEFAULT_AMF_LIMITS) {
    this.#reader = reader;
    this.#budget = new DecodeBudget(limits);
    this.#amf3 = new Amf3Decoder(reader, limits, this.#budget);
  }

  /** The offset of the first byte not yet read. */
  get position(): number {
    return this.#reader.position;
  }

  readRest(): AmfValue[] {
    const values: AmfValue[] = [];
    while (this.#reader.remaining > 0) values.push(this.read());
    return values;
  }

  /** Reads the next value and returns where its members lie. Undefined, with nothing read, if it is not an AMF0 object. */
  readLayout(): ObjectLayout | undefined {
    if (!WITH_MEMBERS.has(this.#reader.remaining > 0 ? this.#reader.peek() : undefined)) return undefined;
    const layout = { membersStart: 0, members: [] };
    this.#layout = layout;
    this.read();
    this.#layout = undefined;
    return { ...layout, end: this.position };
  }

  read(): AmfValue {
    this.#budget.spend(1);
    const marker = this.#reader.u8();
    switch (marker) {
      case AMF0.number:
        return this.#reader.f64();
      case AMF0.boolean:
        return this.#reader.u8() !== 0;
      case AMF0.string:
        return this.#utf8(this.#reader.u16());
      case AMF0.null:
        return null;
      case AMF0.undefined:
        return undefined;
      case AMF0.longString:
        return this.#utf8(this.#reader.u32());
      case AMF0.unsupported:
        return Unsupported;
      case AMF0.avmplus:
        return this.#amf3.read();
      default:
        return this.#readComplex(marker);
    }
  }

  #readComplex(marker: number): AmfValue {
    switch (marker) {
      case AMF0.object:
        return this.#readObject();
      case AMF0.reference:
        return this.#objects.at(this.#reader.u16());
      case AMF0.ecmaArray:
        return this.#readEcmaArray();
      case AMF0.strictArray:
        return this.#readStrictArray();
      case AMF0.date:
        return new AmfDate(this.#reader.f64(), this.#reader.i16());
      case AMF0.xmlDocument:
        return new XmlDocument(this.#utf8(this.#reader.u32()));
      case AMF0.typedObject:
        return this.#readTypedObject();
      default:
        throw new ProtocolError(
          "AMF_MARKER_UNKNOWN",
          `AMF0 marker ${marker} before offset ${this.#reader.position} is not that of a value`,
        );
    }
  }

  #readObject(): AmfObject {
    const object = this.#objects.add(emptyAmfObject());
    this.#readMembers(object);
    return object;
  }

  #readEcmaArray(): EcmaArray {
    // Encoders write 0, or a wrong number, for the count: only the end marker counts (AMF0 §2.10).
    this.#reader.u32();
    const array = this.#objects.add(new EcmaArray(emptyAmfObject()));
    this.#readMembers(array.properties);
    return array;
  }

  #readTypedObject(): TypedObject {
    const object = this.#objects.add(new TypedObject(this.#utf8(this.#reader.u16()), emptyAmfObject()));
    this.#readMembers(object.properties);
    return object;
  }

  #readStrictArray(): AmfValue[] {
    const count = checkCount(this.#reader, this.#reader.u32(), 1);
    const array: AmfValue[] = this.#objects.add([]);
    this.#budget.enter();
    for (let i = 0; i < count; i += 1) array.push(this.read());
    this.#budget.leave();
    return array;
  }

  #readMembers(into: AmfObject): void {
    this.#budget.enter();
    const layout = this.#budget.depth === 1 ? this.#layout : undefined;
    if (layout) layout.membersStart = this.position;
    while (!this.#endsWithMessage()) {
      const start = this.position;
      const key = this.#utf8(this.#reader.u16());
      if (key === "" && this.#reader.peek() === AMF0.objectEnd) {
        this.#reader.u8();
        break;
      }
      const valueStart = this.position;
      into[key] = this.read();
      layout?.members.push({ key, start, valueStart, end: this.position });
    }
    this.#budget.leave();
  }

  /** Some encoders leave out the end marker of the metadata object that ends a message. */
  #endsWithMessage(): boolean {
    return this.#reader.remaining === 0 && this.#budget.depth === 1;
  }

  #utf8(length: number): string {
    return decodeUtf8(this.#reader.take(length));
  }
}
