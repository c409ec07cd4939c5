import type { Message, SwfVerification } from "@headgate/message";
import type { ConnectRequest } from "./connect.ts";
import type { PassedMessage } from "./pass-through.ts";
import type { PlayRequest } from "./play-request.ts";
import type { StreamName } from "./stream-name.ts";

/** How a stream is to be published (RTMP 1.0 §7.2.2.6; appendWithGap: AS3 NetStream.publish). */
export type PublishType = "live" | "record" | "append" | "appendWithGap";

/**
 * What a peer's messages mean to the driver. Each `…Requested` waits for one answer through the matching method
 * of the NetConnection or NetStream. One that the peer has withdrawn gets none.
 */
export type SessionEvent =
  /** `message` is the request as received, for a proxy. */
  | { readonly kind: "connectRequested"; readonly request: ConnectRequest; readonly message: Message }
  | {
      readonly kind: "publishRequested";
      readonly netStreamId: number;
      readonly stream: StreamName;
      readonly type: PublishType;
    }
  | { readonly kind: "playRequested"; readonly netStreamId: number; readonly request: PlayRequest }
  /** Audio or video on a publishing NetStream. */
  | { readonly kind: "media"; readonly netStreamId: number; readonly message: Message }
  /** A data message for the viewers, in AMF0; `retain` names the handler if viewers that join later must get it too. */
  | {
      readonly kind: "data";
      readonly netStreamId: number;
      readonly message: Message;
      readonly retain: string | undefined;
    }
  /** Viewers that join later no longer get the message retained for this handler. */
  | { readonly kind: "dataCleared"; readonly netStreamId: number; readonly handler: string }
  /** The session has refused a request, and told the peer: the name is not valid, or what is played cannot do it. */
  | {
      readonly kind: "refused";
      readonly netStreamId: number;
      readonly request: "publish" | "play";
      /** Cut to a length that a log can bear. */
      readonly name: string;
      readonly reason: "NAME_INVALID" | "PLAYLIST_EXCEEDED" | "PLAYLIST_UNSUPPORTED" | "SWITCH_UNSUPPORTED";
    }
  /** The peer has stopped publishing or playing on this NetStream. */
  | { readonly kind: "stopped"; readonly netStreamId: number }
  /**
   * The player wants another recording of what it plays from this position on: `fast` as soon as it can see it, undefined where it
   * needs nothing twice. Milliseconds.
   */
  | {
      readonly kind: "switchRequested";
      readonly netStreamId: number;
      readonly request: PlayRequest;
      readonly positionMs: number | "fast" | undefined;
    }
  /** The player wants what it plays from this position on. */
  | { readonly kind: "seekRequested"; readonly netStreamId: number; readonly positionMs: number }
  | {
      readonly kind: "pauseRequested";
      readonly netStreamId: number;
      readonly paused: boolean;
      /** Where the player is. */
      readonly positionMs: number;
    }
  | {
      readonly kind: "receiveRequested";
      readonly netStreamId: number;
      readonly media: "audio" | "video";
      readonly enabled: boolean;
    }
  /** The player buffers this much. No answer is due. */
  | { readonly kind: "bufferLengthChanged"; readonly netStreamId: number; readonly lengthMs: number }
  /** How long a stream is: players ask before they play it. */
  | {
      readonly kind: "streamLengthRequested";
      readonly transactionId: number;
      readonly stream: StreamName;
    }
  /** What was recorded of a stream so far: players that go back in live streams ask again and again. */
  | {
      readonly kind: "recordingInfoRequested";
      readonly transactionId: number;
      readonly stream: StreamName;
    }
  /** The peer has answered the ping that was sent at this time. Milliseconds of the driver's clock. */
  | { readonly kind: "pingAnswered"; readonly sentMs: number }
  /** The peer's answer about the SWF it is made of. */
  | { readonly kind: "swfTold"; readonly swf: SwfVerification }
  /** A message of a proxied session. */
  | PassedMessage
  /** The peer closes the NetConnection. */
  | { readonly kind: "closeRequested" };
