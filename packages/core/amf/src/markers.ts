/** The type markers of AMF0 (§2.1). 0x04 (movie clip) and 0x0e (record set) are reserved and carry nothing. */
export const AMF0 = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  reference: 0x07,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  xmlDocument: 0x0f,
  typedObject: 0x10,
  avmplus: 0x11,
} as const;

/** The type markers of AMF3 (§3.1). */
export const AMF3 = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  integer: 0x04,
  double: 0x05,
  string: 0x06,
  xmlDocument: 0x07,
  date: 0x08,
  array: 0x09,
  object: 0x0a,
  xml: 0x0b,
  byteArray: 0x0c,
  vectorInt: 0x0d,
  vectorUint: 0x0e,
  vectorDouble: 0x0f,
  vectorObject: 0x10,
  dictionary: 0x11,
} as const;

/** The low bits of the number an AMF3 object starts with (§3.12). */
export const OBJECT_HEADER = {
  inline: 0b0001,
  inlineTraits: 0b0010,
  externalizable: 0b0100,
  dynamic: 0b1000,
  sealedCountShift: 4,
} as const;
