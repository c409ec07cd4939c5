import { RtmpUrl } from "@headgate/session";
import type { ApplicationConfig } from "./config/config.ts";

type Applications = ReadonlyMap<string, ApplicationConfig>;

/** What is wrong with where applications fetch, send and pass on their streams. */
export function relayFindings(applications: Applications): {
  readonly mistakes: readonly string[];
  readonly warnings: readonly string[];
} {
  const everyOther = applications.get("*");
  const all = [...applications];
  return {
    mistakes: all.flatMap(([name, options]) => {
      const inherited = name === "*" ? undefined : everyOther;
      return [...proxied(name, options, inherited), ...unknownPlaceholders(name, options, inherited)];
    }),
    warnings: all.flatMap(([name, { routes }]) => unreachableRoutes(name, routes)),
  };
}

/** What a proxied application takes over from `*` is nobody's mistake. */
function proxied(
  name: string,
  options: ApplicationConfig,
  inherited: ApplicationConfig | undefined,
): readonly string[] {
  if (options.proxy === undefined) return [];
  const own = (["pull", "push", "routes"] as const).filter(
    (key) => options[key].length > 0 && !isSame(options[key], inherited?.[key]),
  );
  return own.map(
    (key) => `applications.${name}.${key} cannot be had together with proxy: all sessions are passed on`,
  );
}

/** Placeholders in `pull` and `push`, and in `proxy`, which knows no stream. */
const STREAM_PLACEHOLDERS = ["app", "stream", "key"];
const SESSION_PLACEHOLDERS = ["app"];

function unknownPlaceholders(
  name: string,
  options: ApplicationConfig,
  inherited: ApplicationConfig | undefined,
): readonly string[] {
  const of = (key: string, urls: readonly RtmpUrl[], known: readonly string[]): readonly string[] =>
    urls
      .flatMap((url) => placeholdersIn(url))
      .filter((placeholder) => !known.includes(placeholder))
      .map((placeholder) => {
        const list = known.map((each) => `{${each}}`).join(", ");
        return `applications.${name}.${key}: {${placeholder}} stands for nothing; known here: ${list}`;
      });
  const { pull, push, routes, proxy } = options;
  return [
    ...(isSame(pull, inherited?.pull) ? [] : of("pull", pull, STREAM_PLACEHOLDERS)),
    ...(isSame(push, inherited?.push) ? [] : of("push", push, STREAM_PLACEHOLDERS)),
    ...(isSame(routes, inherited?.routes) ? [] : routes).flatMap((route, index) => [
      ...of(`routes[${index}].pull`, route.pull, STREAM_PLACEHOLDERS),
      ...of(`routes[${index}].push`, route.push, STREAM_PLACEHOLDERS),
    ]),
    ...(proxy === undefined || isSame(proxy, inherited?.proxy)
      ? []
      : of("proxy", [proxy], SESSION_PLACEHOLDERS)),
  ];
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, asText) === JSON.stringify(other, asText);
}

function asText(_key: string, value: unknown): unknown {
  return value instanceof RtmpUrl ? `${value} ${value.user} ${value.password} ${value.streamName}` : value;
}

function placeholdersIn({ application, stream, query }: RtmpUrl): readonly string[] {
  const text = `${application}/${stream}?${query}`;
  return [...text.matchAll(/\{([^{}]*)\}/g)].map(([, placeholder = ""]) => placeholder);
}

function unreachableRoutes(name: string, routes: ApplicationConfig["routes"]): readonly string[] {
  const first = routes.findIndex(({ streams }) => streams === "*");
  if (first < 0) return [];
  return routes
    .slice(first + 1)
    .map(
      (_, after) =>
        `applications.${name}.routes[${first + 1 + after}] is never used: routes[${first}] takes all`,
    );
}
