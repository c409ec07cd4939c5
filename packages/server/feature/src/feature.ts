import type {
  PlaySource,
  Policy,
  RecordingObserver,
  SessionObserver,
  StreamObserver,
} from "@headgate/gateway";
import type { StreamAnswers } from "@headgate/http-server";
import type { FastifyPluginCallback } from "fastify";
import type { Metric } from "./metric.ts";

/** One of the things that the server can do. What it offers is optional. `Config` is the configuration of the server. */
export interface Feature<Config = unknown> {
  readonly name: string;
  /** Asked in the order of the features, after `known application` and `no loop`. */
  readonly policies?: readonly Policy[];
  readonly observer?: StreamObserver;
  readonly sessionObserver?: SessionObserver;
  readonly recordingObserver?: RecordingObserver;
  /** Where recordings come from, asked in the order of the features. */
  readonly source?: PlaySource;
  readonly routes?: {
    /** For the ports of clients. */
    readonly media?: FastifyPluginCallback;
    /** Asked about paths of streams on these ports, in the order of the features. */
    readonly streams?: readonly StreamAnswers[];
    /** For the admin server. */
    readonly admin?: FastifyPluginCallback;
  };
  readonly metrics?: readonly Metric[];
  /** Called before the server listens. If it rejects, the server does not start. */
  start?(): void | Promise<void>;
  /**
   * Called when another configuration is in force. Keys of the class `live` have their effect at once; those of the class
   * `sessions`, for what begins later.
   */
  reconfigure?(config: Config): void;
  /** Called when the server begins to end, while its peers are still connected. */
  ending?(): void;
  /** Called after the last peer is gone, the last feature first. The server ends when it has resolved. */
  close?(): void | Promise<void>;
}
