import type { RelayOptions, StreamRoute } from "./config.ts";

/** The pull and push of one stream of an application. */
export function routeOf(options: RelayOptions, stream: string): Pick<StreamRoute, "pull" | "push"> {
  return options.routes.find(({ streams }) => matches(streams, stream)) ?? options;
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}
