export { Amf0Decoder, decodeAmf0Values, type MemberSpan, type ObjectLayout } from "./amf0-decoder.ts";
export { encodeAmf0Values, writeAmf0 } from "./amf0-encoder.ts";
export { Amf3Decoder } from "./amf3-decoder.ts";
export { writeAmf3 } from "./amf3-encoder.ts";
export { type AmfLimits, DEFAULT_AMF_LIMITS } from "./limits.ts";
export {
  AmfDate,
  type AmfInstance,
  type AmfObject,
  type AmfValue,
  Dictionary,
  EcmaArray,
  Externalizable,
  isAmfObject,
  type ObjectTraits,
  propertiesOf,
  TypedObject,
  Unsupported,
  Vector,
  type VectorElement,
  Xml,
  XmlDocument,
} from "./values.ts";
