import type { AmfObject } from "@headgate/amf";
import type { Message } from "@headgate/message";

/** What a client asks of a server, one after the other. */
export type ClientRequest = "connect" | "createStream" | "play" | "publish";

/** What a server's messages mean to a client's driver. */
export type ClientEvent =
  /** `connect` was accepted, with the server's properties and this information object. */
  | { readonly kind: "connected"; readonly properties: AmfObject; readonly info: AmfObject }
  /** `play` or `publish` was accepted. */
  | { readonly kind: "started" }
  /** The server said no; there will be nothing more. Texts are the server's, as it sent them. */
  | {
      readonly kind: "refused";
      readonly request: ClientRequest;
      readonly code: string;
      readonly description: string;
    }
  /** What was accepted is over, by the server's will. */
  | { readonly kind: "ended"; readonly code: string; readonly description: string }
  /** Of what is played: its publisher has come, or gone. */
  | { readonly kind: "published" }
  | { readonly kind: "unpublished" }
  | { readonly kind: "media"; readonly message: Message }
  /** A data message in AMF0; `retain` names the handler if later viewers are to get it too. */
  | { readonly kind: "data"; readonly message: Message; readonly retain: string | undefined };
