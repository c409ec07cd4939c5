import type { RelaysReply } from "@headgate/relay";
import type { MetricObjectWithValues, MetricValue } from "prom-client";
import type { BoundListener } from "../bind-listener.ts";

/** The metrics of one worker, for prom-client to aggregate. */
type WorkerMetrics = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Questions that the primary asks a worker. */
export interface Answers {
  readonly relays: RelaysReply;
  readonly metrics: WorkerMetrics;
  /** Whether its event loop runs. */
  readonly alive: true;
}

/** Messages from a worker to the primary. */
export type FromWorker =
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
  | { readonly kind: "answer"; readonly request: number; readonly answer: Answers[keyof Answers] };

/** Messages from the primary to a worker. */
export type ToWorker =
  /** Which worker publishes a stream now; none if there is no owner. */
  | { readonly kind: "owner"; readonly stream: string; readonly owner?: Owner | undefined }
  /** Another worker publishes the stream now. */
  | { readonly kind: "evict"; readonly stream: string }
  /** Another worker, `asker`, asks whether the publisher of the stream is still there. */
  | { readonly kind: "confirm"; readonly stream: string; readonly asker: number }
  /** Whether the stream that this worker has asked about may be published. */
  | { readonly kind: "confirmed"; readonly stream: string; readonly isFree: boolean }
  | { readonly kind: "question"; readonly request: number; readonly about: keyof Answers }
  | { readonly kind: "end" };

export interface Owner {
  /** The slot of the worker, which it keeps when it is restarted. */
  readonly slot: number;
  readonly isPulled: boolean;
}

/** Undefined if the message is not ours, such as a library's, or not valid. */
export function readFromWorker(message: unknown): FromWorker | undefined {
  return isOneOf(FROM_WORKER, message) ? (message as FromWorker) : undefined;
}

/** The same for messages of the primary. */
export function readToWorker(message: unknown): ToWorker | undefined {
  return isOneOf(TO_WORKER, message) ? (message as ToWorker) : undefined;
}

type Check = (value: unknown) => boolean;
type Shapes = ReadonlyMap<unknown, Readonly<Record<string, Check>>>;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isFlag: Check = (value) => typeof value === "boolean";
const isSomething: Check = (value) => value !== undefined && value !== null;
const isList: Check = (value) => Array.isArray(value);
const areTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isOwner: Check = (value) =>
  value === undefined || hasShape({ slot: isNumber, isPulled: isFlag }, value);
const isQuestion: Check = (value) => value === "relays" || value === "metrics" || value === "alive";

const FROM_WORKER: Shapes = new Map<string, Readonly<Record<string, Check>>>([
  ["ready", { listeners: isList }],
  ["failed", { problems: areTexts }],
  ["published", { stream: isText, isPulled: isFlag }],
  ["unpublished", { stream: isText }],
  ["wanted", { stream: isText }],
  ["heard", { stream: isText, asker: isNumber }],
  ["answer", { request: isNumber, answer: isSomething }],
]);

const TO_WORKER: Shapes = new Map<string, Readonly<Record<string, Check>>>([
  ["owner", { stream: isText, owner: isOwner }],
  ["evict", { stream: isText }],
  ["confirm", { stream: isText, asker: isNumber }],
  ["confirmed", { stream: isText, isFree: isFlag }],
  ["question", { request: isNumber, about: isQuestion }],
  ["end", {}],
]);

function isOneOf(shapes: Shapes, message: unknown): boolean {
  if (typeof message !== "object" || message === null) return false;
  const shape = shapes.get((message as { readonly kind?: unknown }).kind);
  return shape !== undefined && hasShape(shape, message);
}

function hasShape(shape: Readonly<Record<string, Check>>, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(shape).every(([key, check]) => check((value as Record<string, unknown>)[key]));
}
