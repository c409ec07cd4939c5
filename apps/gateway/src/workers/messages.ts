import type { BoundListener } from "../bind-listener.ts";
import type { RelaysReply } from "../relay-status.ts";

/** What a worker tells the primary. */
export type FromWorker =
  | { readonly kind: "ready"; readonly listeners: readonly BoundListener[] }
  /** It could not start; nothing of it runs. */
  | { readonly kind: "failed"; readonly problems: readonly string[] }
  /** It publishes a stream; one that is pulled from another server gives way to others. */
  | { readonly kind: "published"; readonly stream: string; readonly isPulled: boolean }
  | { readonly kind: "unpublished"; readonly stream: string }
  | { readonly kind: "relays"; readonly request: number; readonly reply: RelaysReply };

/** What the primary tells a worker. */
export type ToWorker =
  /** Who publishes a stream now; nobody without a worker. */
  | { readonly kind: "owner"; readonly stream: string; readonly owner: Owner | undefined }
  /** Somebody else has the stream now. */
  | { readonly kind: "give up"; readonly stream: string }
  | { readonly kind: "relays"; readonly request: number }
  | { readonly kind: "end" };

/** What libraries say to each other in the same way. */
export interface OfOthers {
  readonly type?: string;
}

export interface Owner {
  /** The slot of the worker, which it keeps when it is started anew. */
  readonly slot: number;
  readonly isPulled: boolean;
}
