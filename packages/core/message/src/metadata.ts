const AMF0_STRING = 0x02;
const ON_METADATA = amf0String("onMetaData");
const SET_DATA_FRAME = amf0String("@setDataFrame");

/** Whether a data message in AMF0 is a stream's metadata as players get it. */
export function isMetadata(bytes: Uint8Array): boolean {
  return ON_METADATA.every((byte, index) => bytes[index] === byte);
}

/** The same as a publisher sends it: `@setDataFrame` in front, which servers take off again. */
export function asSetDataFrame(metadata: Uint8Array): Uint8Array {
  const wrapped = new Uint8Array(SET_DATA_FRAME.length + metadata.length);
  wrapped.set(SET_DATA_FRAME);
  wrapped.set(metadata, SET_DATA_FRAME.length);
  return wrapped;
}

function amf0String(text: string): Uint8Array {
  const characters = new TextEncoder().encode(text);
  return Uint8Array.of(AMF0_STRING, characters.length >>> 8, characters.length, ...characters);
}
