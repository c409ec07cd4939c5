import { ByteWriter } from "@headgate/bytes";

const AMF0 = { number: 0, boolean: 1, string: 2, ecmaArray: 8 } as const;
const OBJECT_END = 9;

/** The body of `onMetaData` with these values: an ECMA array, since some players read no other (AMF0 §2.10). */
export function onMetaData(values: ReadonlyMap<string, number | boolean>): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(AMF0.string).utf8WithU16Length("onMetaData");
  writer.u8(AMF0.ecmaArray).u32(values.size);
  for (const [name, value] of values) {
    writer.utf8WithU16Length(name);
    if (typeof value === "number") writer.u8(AMF0.number).f64(value);
    else writer.u8(AMF0.boolean).u8(value ? 1 : 0);
  }
  return writer.u16(0).u8(OBJECT_END).finish();
}
