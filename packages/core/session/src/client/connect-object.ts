import type { AmfObject } from "@headgate/amf";
import { CAN_FORWARD, CAPS_EX, VIA_KEY, viaText } from "../connect.ts";
import type { RtmpUrl } from "../rtmp-url.ts";

export interface ConnectOptions {
  readonly url: RtmpUrl;
  readonly purpose: "play" | "publish";
  /** As the client names itself: `LNX 1.0` for instance. */
  readonly flashVersion: string;
  /** The query to append to the application's name, with its question mark: some encoders log in with it. */
  readonly applicationQuery?: string;
  /** The gateways a stream has come through, so that none gets it back. */
  readonly via?: readonly string[];
}

/** All codecs a Flash player has, which some servers want to hear (RTMP 1.0 §7.2.1.1). */
const AUDIO_CODECS = 0x0fff;
const VIDEO_CODECS = 0x00fc;
const CLIENT_SEEK = 1;
const CAPABILITIES = 15;

/** A client's properties in `connect`. It accepts all codecs of Enhanced RTMP, because nothing is decoded. */
export function connectObject(options: ConnectOptions): AmfObject {
  const { url, purpose, flashVersion, applicationQuery = "", via = [] } = options;
  return {
    app: url.application + applicationQuery,
    ...(purpose === "publish" && { type: "nonprivate" }),
    flashVer: flashVersion,
    tcUrl: url.tcUrl + applicationQuery,
    ...(purpose === "play" && {
      fpad: false,
      capabilities: CAPABILITIES,
      audioCodecs: AUDIO_CODECS,
      videoCodecs: VIDEO_CODECS,
      videoFunction: CLIENT_SEEK,
    }),
    objectEncoding: 0,
    fourCcList: ["*"],
    videoFourCcInfoMap: { "*": CAN_FORWARD },
    audioFourCcInfoMap: { "*": CAN_FORWARD },
    capsEx: CAPS_EX,
    ...(via.length > 0 && { [VIA_KEY]: viaText(via) }),
  };
}
