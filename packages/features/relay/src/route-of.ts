import { matchesPattern } from "@headgate/bus";
import type { RelayOptions, StreamRoute } from "./config.ts";

/** The pull and push of one stream of an application. */
export function routeOf(options: RelayOptions, stream: string): Pick<StreamRoute, "pull" | "push"> {
  return options.routes.find(({ streams }) => matchesPattern(streams, stream)) ?? options;
}
