import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { BanWatch, banPolicy } from "./ban-watch.ts";
import type { Bans } from "./bans.ts";
import { LimitPolicies } from "./limit-policies.ts";
import { LimitRules, type LimitsConfig } from "./limit-rules.ts";
import { LimitWatch, type LimitWatchParts } from "./limit-watch.ts";
import type { Slots } from "./slots.ts";

export interface LimitsParts extends Pick<LimitWatchParts, "sweep" | "now"> {
  readonly config: LimitsConfig;
  readonly slots: Slots;
  readonly bans: Bans;
  readonly gateway: Pick<Gateway, "sessions" | "faults">;
}

/** Other features are asked in between. */
export interface LimitsFeatures {
  /** Bans, and whether there is room. */
  readonly first: Feature<LimitsConfig>;
  /** Bans of identities, and the slots. */
  readonly last: Feature;
}

/** How many, how much, and who not at all. */
export function limitsFeatures({ config, slots, bans, gateway, sweep, now }: LimitsParts): LimitsFeatures {
  let inForce = new LimitRules(config);
  const rules = (): LimitRules => inForce;
  const policies = new LimitPolicies(rules, slots);
  const slotOf = policies.slotOf.bind(policies);
  const watch = new LimitWatch({ rules, slots, slotOf, sweep, faults: gateway.faults, now });
  const banWatch = new BanWatch(bans, () => gateway.sessions.values());
  return {
    first: {
      name: "limits",
      policies: [banPolicy("bans", bans), policies.early],
      sessionObserver: watch,
      start: () => banWatch.start(),
      reconfigure: (next) => {
        inForce = new LimitRules(next);
        watch.reconfigured(gateway.sessions.values());
      },
    },
    last: { name: "slots", policies: [banPolicy("banned identities", bans), policies.last] },
  };
}
