import type { Policy, StreamObserver } from "@headgate/gateway";
import type { FastifyPluginCallback } from "fastify";
import type { Metric } from "./metric.ts";

/** One of the things that the server can do. What it offers is optional. */
export interface Feature {
  readonly name: string;
  /** Asked in the order of the features, after `known application` and `no loop`. */
  readonly policies?: readonly Policy[];
  readonly observer?: StreamObserver;
  readonly routes?: {
    /** For the ports of clients. */
    readonly media?: FastifyPluginCallback;
    /** For the admin server. */
    readonly admin?: FastifyPluginCallback;
  };
  readonly metrics?: readonly Metric[];
  /** Called before the server listens. If it rejects, the server does not start. */
  start?(): void | Promise<void>;
  /** Called when the server begins to end, while its peers are still connected. */
  drain?(): void;
  /** Called after the last peer is gone. */
  close?(): void;
}
