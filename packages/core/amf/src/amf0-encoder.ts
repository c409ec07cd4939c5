import { ByteWriter } from "@headgate/bytes";
import { Amf3Encoder } from "./amf3-encoder.ts";
import { EncodeGuard } from "./encode-guard.ts";
import { AMF0 } from "./markers.ts";
import { encodeUtf8 } from "./utf8.ts";
import {
  AmfDate,
  type AmfInstance,
  type AmfObject,
  type AmfValue,
  EcmaArray,
  isAmfObject,
  TypedObject,
  XmlDocument,
} from "./values.ts";

type Amf0Instance = EcmaArray | TypedObject | AmfDate | XmlDocument;

const MAX_U16 = 0xffff;

/** A key of this many UTF-16 units has at most 65,535 bytes, three a unit; a longer one may not fit. */
const MAX_KEY_UNITS = 21_845;

/**
 * The payload of a command or data message. Throws an Error for a value that contains itself, and for values that take more
 * than `maxBytes`: shared parts are written once for each place that refers to them.
 */
export function encodeAmf0Values(values: readonly AmfValue[], maxBytes?: number): Uint8Array {
  const writer = new ByteWriter();
  const encoder = new Amf0Encoder(writer, maxBytes);
  for (const value of values) encoder.write(value);
  return writer.finish();
}

export function writeAmf0(writer: ByteWriter, value: AmfValue): void {
  new Amf0Encoder(writer).write(value);
}

/**
 * Writes values without references, which every reader understands, whatever it holds to be the scope of a table. What
 * AMF0 has no type for is written as AMF3 behind the avmplus marker (AMF0 §3.1).
 */
class Amf0Encoder {
  readonly #writer: ByteWriter;
  readonly #guard: EncodeGuard;
  readonly #amf3: Amf3Encoder;

  constructor(writer: ByteWriter, maxBytes?: number) {
    this.#writer = writer;
    this.#guard = new EncodeGuard(writer, maxBytes);
    this.#amf3 = new Amf3Encoder(writer, this.#guard);
  }

  write(value: AmfValue): void {
    this.#guard.enter();
    this.#writeValue(value);
    this.#guard.leave();
  }

  #writeValue(value: AmfValue): void {
    switch (typeof value) {
      case "number":
        this.#writer.u8(AMF0.number).f64(value);
        break;
      case "boolean":
        this.#writer.u8(AMF0.boolean).u8(value ? 1 : 0);
        break;
      case "string":
        this.#writeString(value);
        break;
      case "undefined":
        this.#writer.u8(AMF0.undefined);
        break;
      case "symbol":
        this.#writer.u8(AMF0.unsupported);
        break;
      default:
        if (value === null) this.#writer.u8(AMF0.null);
        else if (!fitsAmf0(value)) this.#writeAvmplus(value);
        else if (Array.isArray(value)) this.#writeStrictArray(value);
        else if (isAmfObject(value)) this.#writeObject(value);
        else this.#writeInstance(value);
    }
  }

  #writeInstance(value: Amf0Instance): void {
    switch (value.kind) {
      case "ecmaArray":
        this.#writer.u8(AMF0.ecmaArray).u32(Object.keys(value.properties).length);
        this.#writeMembers(value.properties);
        break;
      case "typedObject":
        this.#writer.u8(AMF0.typedObject).utf8WithU16Length(value.className);
        this.#writeMembers(value.properties);
        break;
      case "date":
        this.#writer.u8(AMF0.date).f64(value.timeMs).u16(value.timezoneMinutes);
        break;
      case "xmlDocument":
        this.#writeLong(AMF0.xmlDocument, encodeUtf8(value.text));
        break;
    }
  }

  #writeString(text: string): void {
    if (text.length <= MAX_KEY_UNITS) {
      this.#writer.u8(AMF0.string).utf8WithU16Length(text);
      return;
    }
    const bytes = encodeUtf8(text);
    if (bytes.length > MAX_U16) this.#writeLong(AMF0.longString, bytes);
    else this.#writer.u8(AMF0.string).u16(bytes.length).raw(bytes);
  }

  #writeLong(marker: number, bytes: Uint8Array): void {
    this.#writer.u8(marker).u32(bytes.length).raw(bytes);
  }

  #writeStrictArray(array: AmfValue[]): void {
    this.#writer.u8(AMF0.strictArray).u32(array.length);
    for (const value of array) this.write(value);
  }

  #writeObject(object: AmfObject): void {
    this.#writer.u8(AMF0.object);
    this.#writeMembers(object);
  }

  #writeMembers(properties: AmfObject): void {
    for (const key of Object.keys(properties)) {
      this.#writer.utf8WithU16Length(key);
      this.write(properties[key]);
    }
    this.#writer.u16(0).u8(AMF0.objectEnd);
  }

  #writeAvmplus(value: AmfValue): void {
    this.#writer.u8(AMF0.avmplus);
    this.#amf3.write(value);
  }
}

function fitsAmf0(
  value: AmfObject | AmfValue[] | Uint8Array | AmfInstance,
): value is AmfObject | AmfValue[] | Amf0Instance {
  if (Array.isArray(value)) return true;
  if (isAmfObject(value)) return keysFit(value);
  if (value instanceof EcmaArray) return keysFit(value.properties);
  if (value instanceof TypedObject) return typedObjectFits(value);
  return value instanceof AmfDate || value instanceof XmlDocument;
}

/** AMF0 has no traits: an object of a class that declares members keeps them only as AMF3. */
function typedObjectFits({ className, properties, sealed, dynamic }: TypedObject): boolean {
  const declares = sealed.length > 0 || !dynamic;
  return !declares && className.length <= MAX_KEY_UNITS && keysFit(properties);
}

function keysFit(properties: AmfObject): boolean {
  return Object.keys(properties).every((key) => key.length <= MAX_KEY_UNITS);
}
