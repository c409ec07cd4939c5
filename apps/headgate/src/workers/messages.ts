import type { ViewCall } from "@headgate/api";
import type { ConfigFile } from "@headgate/config";
import type { Ban, Claim, Full, ReportedBitrate } from "@headgate/limits";
import type { RelaysReply } from "@headgate/relay";
import { Ajv } from "ajv";
import type { MetricObjectWithValues, MetricValue } from "prom-client";
import type { BoundListener } from "../bind-listener.ts";
import type { ConfigFiles } from "../config-state.ts";

/** The metrics of one worker, for prom-client to aggregate. */
export type WorkerMetrics = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Questions that the primary asks a worker. */
export interface Answers {
  readonly relays: RelaysReply;
  readonly metrics: WorkerMetrics;
  /** What its view of itself answers to a call; nothing if that is undefined. */
  readonly view: { readonly value?: unknown };
  /** Why another configuration cannot be put in force here; nothing has changed so far. */
  readonly prepare: readonly string[];
  /** The configuration is in force. */
  readonly commit: true;
  readonly abandon: true;
  /** Whether its event loop runs. */
  readonly alive: true;
}

/** Messages from a worker to the primary. */
export type FromWorker =
  /** It has begun, and wants to know the configuration in force. */
  | { readonly kind: "begun" }
  | { readonly kind: "ready"; readonly listeners: readonly BoundListener[] }
  /** It could not start, and nothing of it runs. */
  | { readonly kind: "failed"; readonly problems: readonly string[] }
  /** It publishes a stream. A pulled one gives way to others. */
  | { readonly kind: "published"; readonly stream: string; readonly isPulled: boolean }
  | { readonly kind: "unpublished"; readonly stream: string }
  /** A peer of this worker wants to publish a stream of another one: is its publisher still there? */
  | { readonly kind: "wanted"; readonly stream: string }
  /** The publisher that another worker, `asker`, has asked about is there, or its stream was unpublished before this. */
  | { readonly kind: "heard"; readonly stream: string; readonly asker: number }
  /** It has no more sessions, or the time for them is over. */
  | { readonly kind: "drained" }
  /** It wants a slot for one of its peers, or asks whether it could have one. */
  | { readonly kind: "claim"; readonly claim: Claim; readonly isQuestion: boolean }
  | { readonly kind: "giveBack"; readonly id: string }
  | { readonly kind: "bitrates"; readonly reported: readonly ReportedBitrate[] }
  | { readonly kind: "answer"; readonly request: number; readonly answer: Answers[keyof Answers] };

/** Messages from the primary to a worker. */
export type ToWorker =
  | { readonly kind: "configuration"; readonly files: ConfigFiles }
  /** Which worker publishes a stream now; none if there is no owner. */
  | { readonly kind: "owner"; readonly stream: string; readonly owner?: Owner | undefined }
  /** Another worker publishes the stream now. */
  | { readonly kind: "evict"; readonly stream: string }
  /** Another worker, `asker`, asks whether the publisher of the stream is still there. */
  | { readonly kind: "confirm"; readonly stream: string; readonly asker: number }
  /** Whether the stream that this worker has asked about may be published. */
  | { readonly kind: "confirmed"; readonly stream: string; readonly isFree: boolean }
  | {
      readonly kind: "question";
      readonly request: number;
      readonly about: keyof Answers;
      /** Only for the view. */
      readonly call?: ViewCall;
      /** Only for `prepare`. */
      readonly file?: ConfigFile | null;
    }
  /** It takes no more sessions, and hands over those that it has. */
  | { readonly kind: "drain" }
  /** Whether the claim could be taken, or was: nothing in `full` if so. */
  | { readonly kind: "claimed"; readonly id: string; readonly full: readonly NonNullable<Full>[] }
  /** What has this slot has to be ended, because too much bitrate is used together with it. */
  | { readonly kind: "excess"; readonly id: string }
  /** Who is banned now. */
  | { readonly kind: "bans"; readonly bans: readonly Ban[] }
  | { readonly kind: "end" };

export interface Owner {
  /** The slot of the worker, which it keeps when it is restarted. */
  readonly slot: number;
  readonly isPulled: boolean;
}

/** Undefined if the message is not ours, such as a library's, or not valid. */
export function readFromWorker(message: unknown): FromWorker | undefined {
  return isFromWorker(message) ? message : undefined;
}

/** The same for messages of the primary. */
export function readToWorker(message: unknown): ToWorker | undefined {
  return isToWorker(message) ? message : undefined;
}

type Shape = Readonly<Record<string, object>>;

const TEXT = { type: "string" };
const NUMBER = { type: "number" };
const FLAG = { type: "boolean" };
const LIST = { type: "array" };
const ANYTHING = { not: { type: "null" } };
const OWNER = objectWith({ slot: NUMBER, isPulled: FLAG });
const CLAIM = objectWith({ id: TEXT, groups: LIST, caps: LIST });
const QUESTION = { enum: ["relays", "metrics", "view", "prepare", "commit", "abandon", "alive"] };

const ajv = new Ajv({ discriminator: true });

const isFromWorker = ajv.compile<FromWorker>(
  byKind({
    begun: {},
    ready: { listeners: LIST },
    failed: { problems: { type: "array", items: TEXT } },
    published: { stream: TEXT, isPulled: FLAG },
    unpublished: { stream: TEXT },
    wanted: { stream: TEXT },
    heard: { stream: TEXT, asker: NUMBER },
    drained: {},
    claim: { claim: CLAIM, isQuestion: FLAG },
    giveBack: { id: TEXT },
    bitrates: { reported: LIST },
    answer: { request: NUMBER, answer: ANYTHING },
  }),
);

const isToWorker = ajv.compile<ToWorker>(
  byKind({
    configuration: { files: ANYTHING },
    owner: { stream: TEXT },
    evict: { stream: TEXT },
    confirm: { stream: TEXT, asker: NUMBER },
    confirmed: { stream: TEXT, isFree: FLAG },
    question: { request: NUMBER, about: QUESTION },
    drain: {},
    claimed: { id: TEXT, full: LIST },
    excess: { id: TEXT },
    bans: { bans: LIST },
    end: {},
  }),
);

/** A message has the shape that its kind has; `owner`, which may be left out, is the same in all. */
function byKind(shapes: Readonly<Record<string, Shape>>): object {
  return {
    type: "object",
    required: ["kind"],
    properties: { owner: OWNER },
    discriminator: { propertyName: "kind" },
    oneOf: Object.entries(shapes).map(([kind, shape]) => objectWith({ kind: { const: kind }, ...shape })),
  };
}

function objectWith(shape: Shape): object {
  return { type: "object", properties: shape, required: Object.keys(shape) };
}
