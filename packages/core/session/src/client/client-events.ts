import type { AmfObject } from "@headgate/amf";
import type { Message } from "@headgate/message";

/** The requests of a client, in their order. */
export type ClientRequest = "connect" | "createStream" | "play" | "publish";

/** Events from a server's messages for a client's driver. */
export type ClientEvent =
  /** `connect` was accepted, with the server's properties and this information object. */
  | { readonly kind: "connected"; readonly properties: AmfObject; readonly info: AmfObject }
  /** `play` or `publish` was accepted. */
  | { readonly kind: "started" }
  /** The server refused; no event follows. Texts are as the server sent them. */
  | {
      readonly kind: "refused";
      readonly request: ClientRequest;
      readonly code: string;
      readonly description: string;
    }
  /** The server has ended the stream. */
  | { readonly kind: "ended"; readonly code: string; readonly description: string }
  /** The publisher of the played stream has arrived, or left. */
  | { readonly kind: "published" }
  | { readonly kind: "unpublished" }
  | { readonly kind: "media"; readonly message: Message }
  /** A data message in AMF0; `retain` names the handler if viewers that join later must get it too. */
  | { readonly kind: "data"; readonly message: Message; readonly retain: string | undefined };
