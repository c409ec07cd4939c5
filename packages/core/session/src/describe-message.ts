import { type AmfLimits, type AmfValue, propertiesOf } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import {
  type Message,
  MessageType,
  readControlValue,
  readUserControl,
  UserControlType,
} from "@headgate/message";
import { readCommand } from "./command.ts";
import { splitQuery } from "./stream-name.ts";

/**
 * A message in words, for a person who looks for what a client and a server have said. Nothing in it is secret: queries and
 * passwords of URLs are cut off, and of texts whose meaning is not known only the length is told. Undefined for audio and video.
 */
export function describeMessage(message: Message, limits: AmfLimits): string | undefined {
  if (message.type === MessageType.audio || message.type === MessageType.video) return undefined;
  try {
    const on = message.messageStreamId === 0 ? "" : ` on ${message.messageStreamId}`;
    return `${describe(message, limits)}${on}`;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return `message of type ${message.type} that cannot be read: ${error.code}`;
  }
}

function describe(message: Message, limits: AmfLimits): string {
  const { type, payload } = message;
  if (type === MessageType.commandAmf0 || type === MessageType.commandAmf3)
    return describeCommand(message, limits);
  if (type === MessageType.userControl) return describeUserControl(payload);
  const name = CONTROL_NAMES[type];
  return name
    ? `${name} ${readControlValue(payload)}`
    : `${OTHER_NAMES[type] ?? `type ${type}`}, ${payload.length} bytes`;
}

const CONTROL_NAMES: Readonly<Record<number, string>> = {
  [MessageType.setChunkSize]: "SetChunkSize",
  [MessageType.abort]: "Abort",
  [MessageType.acknowledgement]: "Acknowledgement",
  [MessageType.windowAcknowledgementSize]: "WindowAcknowledgementSize",
  [MessageType.setPeerBandwidth]: "SetPeerBandwidth",
};

const OTHER_NAMES: Readonly<Record<number, string>> = {
  [MessageType.dataAmf0]: "data",
  [MessageType.dataAmf3]: "data (AMF3)",
  [MessageType.sharedObjectAmf0]: "shared object",
  [MessageType.sharedObjectAmf3]: "shared object (AMF3)",
  [MessageType.aggregate]: "aggregate",
};

function describeUserControl(payload: Uint8Array): string {
  const control = readUserControl(payload);
  if (!control) return `UserControl, ${payload.length} bytes`;
  const { event, value, bufferLengthMs } = control;
  const [name] = Object.entries(UserControlType).find(([, number]) => number === event)!;
  return `UserControl ${name} ${value}${bufferLengthMs === undefined ? "" : ` ${bufferLengthMs} ms`}`;
}

function describeCommand(message: Message, limits: AmfLimits): string {
  const { name, transactionId, values, unreadable } = readCommand(message, limits);
  const isNamed = NAMING_STREAMS.has(name);
  const shown = values.slice(0, MAX_VALUES).map((value) => describeValue(value, isNamed));
  if (values.length > shown.length || unreadable) shown.push("...");
  return `${publicText(name)}(${[transactionId, ...shown].join(", ")})`;
}

/** Commands whose texts are names of streams and how they are published. */
const NAMING_STREAMS: ReadonlySet<string> = new Set([
  ...["publish", "play", "releaseStream", "getStreamLength", "deleteStream"],
  ...["FCPublish", "FCUnpublish", "FCSubscribe", "FCUnsubscribe"],
]);

/** Properties of `connect` and of information objects whose texts are known not to be secret, apart from queries. */
const PUBLIC_KEYS: ReadonlySet<string> = new Set([
  ...["app", "tcUrl", "swfUrl", "pageUrl", "flashVer", "flashver", "type", "fourCcList"],
  ...["level", "code", "description", "details", "fmsVer", "headgateVia"],
]);

const MAX_VALUES = 16;
const MAX_PROPERTIES = 32;
const MAX_TEXT_LENGTH = 200;

function describeValue(value: AmfValue, isPublic: boolean): string {
  if (typeof value === "string") return isPublic ? JSON.stringify(publicText(value)) : lengthOf(value);
  if (Array.isArray(value)) return describeList(value, isPublic);
  const properties = propertiesOf(value);
  if (properties) return describeObject(Object.entries(properties));
  return typeof value === "object" && value !== null ? "object" : String(value);
}

function describeObject(entries: readonly (readonly [string, AmfValue])[]): string {
  const shown = entries.slice(0, MAX_PROPERTIES).map(([key, value]) => {
    // What is nested is described no further: it could be as deep as a peer likes.
    const text = propertiesOf(value) ? "{...}" : describeValue(value, PUBLIC_KEYS.has(key));
    return `${publicText(key)}: ${text}`;
  });
  if (entries.length > shown.length) shown.push("...");
  return `{${shown.join(", ")}}`;
}

function describeList(values: readonly AmfValue[], isPublic: boolean): string {
  const areTexts = isPublic && values.every((value) => typeof value === "string");
  if (!areTexts) return `list of ${values.length}`;
  return `[${values
    .slice(0, MAX_VALUES)
    .map((value) => describeValue(value, true))
    .join(", ")}]`;
}

/** Without its query and without the user in a URL. */
function publicText(text: string): string {
  const { path } = splitQuery(text);
  const shown = path.replace(/\/\/[^/@]*@/g, "//").slice(0, MAX_TEXT_LENGTH);
  return path.length < text.length || shown.length < path.length ? `${shown}...` : shown;
}

function lengthOf({ length }: string): string {
  return `text of ${length}`;
}
