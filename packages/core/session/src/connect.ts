import { type AmfObject, type AmfValue, propertiesOf } from "@headgate/amf";
import { type Command, numberOf, type ObjectEncoding, stringOf } from "./command.ts";
import { ownText } from "./own-text.ts";
import { splitQuery } from "./stream-name.ts";

/** A client's properties in `connect` (RTMP 1.0 §7.2.1.1). Texts are as the client sent them: log them redacted. */
export interface ConnectRequest {
  /** The `app` without its query, default instance and outer slashes; several levels keep their inner slashes. */
  readonly application: string;
  /** The query of `app` or of `tcUrl`, without the question mark; credentials live here. */
  readonly query: string;
  readonly tcUrl: string;
  /** The page in which the player is. */
  readonly pageUrl: string;
  /** The player's own URL. */
  readonly swfUrl: string;
  /** Which of a server's names the client has used: `vhost` of the query, or the host in `tcUrl`. */
  readonly virtualHost: string;
  readonly flashVersion: string;
  /** Whether it says that it publishes, as encoders do and players do not. */
  readonly isEncoder: boolean;
  readonly objectEncoding: ObjectEncoding;
  /** The Enhanced RTMP fields the client sent; absent ones were not sent. */
  readonly enhanced: EnhancedNegotiation;
  /** The ids of the gateways between this one and the stream's origin or destination; empty for other clients. */
  readonly via: readonly string[];
}

/** Enhanced RTMP v2, "Enhancing NetConnection connect Command". */
export interface EnhancedNegotiation {
  readonly capsEx?: number;
  readonly fourCcList?: readonly string[];
  readonly videoFourCcInfoMap?: AmfObject;
  readonly audioFourCcInfoMap?: AmfObject;
}

/** The bits of `capsEx` this server stands behind: it forwards such messages untouched and caches them rightly. */
const CapsEx = { multitrack: 2, modEx: 4, timestampNanoOffset: 8 } as const;
export const CAPS_EX: number = CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset;

/** The FourCC info bit of a relay that neither decodes nor encodes. */
export const CAN_FORWARD = 4;

/** The property in which gateways list those that a stream has come through. */
export const VIA_KEY = "headgateVia";

/** More gateways than this in a row are a mistake. Further ones are neither read nor sent. */
export const MAX_VIA = 32;

/** The longest name of a host (RFC 1035 §2.3.4), with a little to spare. */
const MAX_HOST_LENGTH = 256;

/** A gateway's id is 48 random bits. Anything else is not a gateway, and is ignored. */
const GATEWAY_ID = /^[0-9a-f]{12}$/;
const GATEWAY_ID_LENGTH = 12;

export function readConnect({ values }: Pick<Command, "values">): ConnectRequest {
  const fields: AmfObject = propertiesOf(values[0]) ?? Object.create(null);
  const tcUrl = stringOf(fields.tcUrl) ?? "";
  const url = splitQuery(tcUrl);
  const app = splitQuery(stringOf(fields.app) ?? pathOf(url.path));
  const query = app.query || url.query;
  const flashVersion = stringOf(fields.flashVer) ?? stringOf(fields.flashver) ?? "";
  return {
    application: ownText(applicationName(app.path)),
    query,
    tcUrl,
    pageUrl: stringOf(fields.pageUrl) ?? "",
    swfUrl: stringOf(fields.swfUrl) ?? "",
    virtualHost: ownText(
      (new URLSearchParams(query).get("vhost") ?? hostOf(tcUrl)).slice(0, MAX_HOST_LENGTH),
    ),
    flashVersion,
    isEncoder: stringOf(fields.type) === "nonprivate" || flashVersion.startsWith("FMLE/"),
    objectEncoding: numberOf(fields.objectEncoding) === 3 ? 3 : 0,
    enhanced: readEnhanced(fields),
    via: readVia(stringOf(fields[VIA_KEY])),
  };
}

/** The info object's Enhanced RTMP fields: our own values for exactly the keys the client sent. */
export function enhancedReply(asked: EnhancedNegotiation): AmfObject {
  const reply: AmfObject = {};
  if (asked.capsEx !== undefined) reply.capsEx = CAPS_EX;
  if (asked.fourCcList !== undefined) reply.fourCcList = ["*"];
  if (asked.videoFourCcInfoMap !== undefined) reply.videoFourCcInfoMap = { "*": CAN_FORWARD };
  if (asked.audioFourCcInfoMap !== undefined) reply.audioFourCcInfoMap = { "*": CAN_FORWARD };
  return reply;
}

function readEnhanced(fields: AmfObject): EnhancedNegotiation {
  const { capsEx, fourCcList } = fields;
  const videoFourCcInfoMap = propertiesOf(fields.videoFourCcInfoMap);
  const audioFourCcInfoMap = propertiesOf(fields.audioFourCcInfoMap);
  return {
    ...(typeof capsEx === "number" && { capsEx }),
    ...(Array.isArray(fourCcList) && { fourCcList: fourCcList.filter(isString) }),
    ...(videoFourCcInfoMap && { videoFourCcInfoMap }),
    ...(audioFourCcInfoMap && { audioFourCcInfoMap }),
  };
}

function readVia(text = ""): readonly string[] {
  const ids = text.slice(0, MAX_VIA * (GATEWAY_ID_LENGTH + 1)).split(",");
  return [...new Set(ids.filter((id) => GATEWAY_ID.test(id)))];
}

/** The ids in the form in which they are read. */
export function viaText(via: readonly string[]): string {
  return via.slice(0, MAX_VIA).join(",");
}

function hostOf(url: string): string {
  const [, host = ""] = /^[a-z]+:\/\/(?:[^@/?]*@)?(\[[^\]]*\]|[^:/?]*)/i.exec(url) ?? [];
  return host;
}

/** `rtmp://host:port/app/instance` → `app/instance`, for clients that send no `app`. */
function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/]*/i, "");
}

function applicationName(path: string): string {
  return path
    .split("/")
    .filter((level) => level !== "" && level !== "_definst_")
    .join("/");
}

function isString(value: AmfValue): value is string {
  return typeof value === "string";
}
