import type { ApiRoutesOptions, ServerControl, ServerView } from "@headgate/api";
import type { Bans } from "@headgate/limits";
import type { Faults } from "@headgate/transport";
import { banTable } from "./ban-table.ts";
import type { ConfigInForce } from "./config/config-in-force.ts";
import { shownConfig } from "./config/shown-config.ts";
import { VERSION } from "./version.ts";

/** The process that answers. */
interface ApiHost {
  /** Identifies the server. */
  readonly id: string;
  readonly faults: Faults;
}

/** What can be seen of it, and done to it. */
interface ApiParts {
  readonly view: ServerView;
  readonly bans: Bans;
  /** Undefined where operators cannot ask for it. */
  readonly control: ServerControl | undefined;
}

/** What the API tells of a server with this configuration. */
export function apiOptions(
  inForce: ConfigInForce,
  { id, faults }: ApiHost,
  { view, bans, control }: ApiParts,
): ApiRoutesOptions {
  return {
    id,
    faults,
    version: VERSION,
    view,
    control,
    bans: banTable(bans),
    compatibility: inForce.config.admin.compatibility,
    applications: () => [...inForce.config.gateway.applications.keys()],
    configuration: () => shownConfig(inForce.config),
  };
}
