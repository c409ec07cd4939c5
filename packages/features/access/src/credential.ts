import type { StreamKey } from "@headgate/bus";
import type { Allowed, RefusalCode, RequestingPeer } from "@headgate/gateway";
import type { Parameters } from "./parameters.ts";

/** A request to publish or play, with what the client has shown for it. */
export interface CredentialRequest {
  readonly action: "publish" | "play";
  readonly key: StreamKey;
  readonly peer: RequestingPeer;
  /** Of the stream's URL, then of the application's. */
  readonly parameters: Parameters;
  readonly nowMs: number;
}

/** `absent`: the client has shown nothing of this kind. */
export type CredentialOutcome = "absent" | Allowed | Failure;

export interface Failure {
  readonly kind: "failed";
  readonly reason: RefusalCode;
}

/** Judges one kind of credentials. */
export type CredentialCheck = (request: CredentialRequest) => CredentialOutcome | Promise<CredentialOutcome>;

export function failed(reason: RefusalCode): Failure {
  return { kind: "failed", reason };
}
