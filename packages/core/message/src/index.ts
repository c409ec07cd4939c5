export { splitAggregate } from "./aggregate.ts";
export { copyOf, type Message, MessageType } from "./message.ts";
export { asSetDataFrame, isMetadata } from "./metadata.ts";
export {
  abort,
  acknowledgement,
  BandwidthLimitType,
  readControlValue,
  readSetChunkSize,
  setChunkSize,
  setPeerBandwidth,
  windowAcknowledgementSize,
} from "./protocol-control.ts";
export {
  readSwfVerification,
  type SwfVerification,
  swfVerificationRequest,
} from "./swf-verification.ts";
export { readUserControl, type UserControl, UserControlType, userControl } from "./user-control.ts";
