import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import type { Trust } from "@headgate/http-client";
import type { Logger } from "pino";
import { hookMetrics } from "./hook-metrics.ts";
import { HookPolicy } from "./hook-policy.ts";
import { HookServers } from "./hook-servers.ts";
import { HookSessions } from "./hook-sessions.ts";
import { HookSet, type HooksConfig } from "./hook-set.ts";
import type { HookTracer } from "./hook-tracer.ts";
import { Updates } from "./updates.ts";

/** The time that hooks have, when the server ends, to hear what they have not heard so far. Milliseconds. */
const FINISH_MS = 2_000;

export interface HooksFeatureParts {
  readonly config: HooksConfig;
  readonly trust: Trust;
  readonly gateway: Pick<Gateway, "id" | "sessions" | "faults">;
  readonly log: Logger;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
  /** Undefined if nobody traces requests. */
  readonly tracer?: HookTracer | undefined;
}

/** Asks hooks, and tells them. Without any it does nothing. */
export function hooksFeature({
  config,
  trust,
  gateway,
  log,
  now,
  tracer,
}: HooksFeatureParts): Feature<HooksConfig> {
  const { id: serverId, faults } = gateway;
  const servers = new HookServers({ faults, trust, now }, log);
  const context = { servers, log, now };
  let set = new HookSet(config, context);
  const hooks = (): HookSet => set;
  const sessions = new HookSessions({ serverId, hooks, now, tracer });
  const updates = new Updates({ sessions: () => gateway.sessions, faults, now }, (...due) =>
    sessions.update(...due),
  );
  return {
    name: "hooks",
    policies: [new HookPolicy({ hooks, sessions, log })],
    sessionObserver: sessions,
    recordingObserver: sessions,
    metrics: hookMetrics(hooks),
    start: () => updates.tell(set),
    reconfigure: (next) => {
      set = new HookSet(next, context, set);
      servers.keep(set.all.map(({ options }) => options.url));
      updates.tell(set);
    },
    close: async () => {
      updates.stop();
      await servers.finish(FINISH_MS);
      servers.destroy();
    },
  };
}
