import type { IncomingMessage } from "node:http";
import { CompactRequest } from "./compact-request.ts";

/** Whether a request is for a WebSocket that the server opens at its path. Others are answered as if they had asked for none. */
export type TakesWebSocket = (request: IncomingMessage) => boolean;

/**
 * The requests of a server that opens WebSockets at some paths. node:http asks a request whether it is an upgrade, once it knows its
 * head, and takes its own hands off the connection then.
 */
export function upgradable(takesWebSocket: TakesWebSocket): typeof CompactRequest {
  return class UpgradableRequest extends CompactRequest {
    /** Set by the constructor of IncomingMessage, so it has no initial value here. */
    declare wantsUpgrade: boolean | undefined;

    get upgrade(): boolean {
      return this.wantsUpgrade === true && isWebSocket(this) && takesWebSocket(this);
    }

    set upgrade(wanted: boolean) {
      this.wantsUpgrade = wanted;
    }
  };
}

/** Whether a request asks for a WebSocket (RFC 6455 §4.2.1). */
export function isWebSocket({ method, headers }: Pick<IncomingMessage, "method" | "headers">): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

/** The path in the target of a request, decoded; undefined if it cannot be. */
export function pathIn(url: string): string | undefined {
  const [path = ""] = url.split("?", 1);
  try {
    return decodeURIComponent(path.replace(/^\//, ""));
  } catch {
    return undefined;
  }
}
