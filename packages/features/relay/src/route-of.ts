import type { RelayOptions, StreamRoute } from "./config.ts";

/** The pull and push of one stream of an application. */
export function routeOf(options: RelayOptions, stream: string): Pick<StreamRoute, "pull" | "push"> {
  return options.routes.find(({ streams }) => matches(streams, stream)) ?? options;
}

/** Not a regular expression: with a few stars that takes seconds for names that a peer has made up. */
function matches(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
