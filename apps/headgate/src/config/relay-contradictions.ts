import type { Mistake } from "@headgate/config";
import type { RtmpUrl } from "@headgate/session";
import type { ApplicationConfig, FileOptions } from "./config.ts";

/** What is wrong with where applications fetch, send and pass on their streams. What they inherit is no mistake. */
export function relayContradictions(applications: FileOptions["applications"]): readonly Mistake[] {
  const everyOther = applications.get("*");
  return [...applications].flatMap(([name, options]) => {
    const own = ownKeys(options, name === "*" ? undefined : everyOther);
    const mistakes = [...besideProxy(options, own), ...unknownPlaceholders(options, own)];
    return mistakes.map(({ path, sentence }) => ({ path: ["applications", name, ...path], sentence }));
  });
}

type RelayKey = "pull" | "push" | "routes" | "proxy";

const RELAY_KEYS: readonly RelayKey[] = ["pull", "push", "routes", "proxy"];

function ownKeys(
  options: ApplicationConfig,
  inherited: ApplicationConfig | undefined,
): ReadonlySet<RelayKey> {
  return new Set(RELAY_KEYS.filter((key) => options[key] !== inherited?.[key]));
}

function besideProxy(options: ApplicationConfig, own: ReadonlySet<RelayKey>): readonly Mistake[] {
  if (options.proxy === undefined) return [];
  const keys = (["pull", "push", "routes"] as const).filter((key) => own.has(key) && options[key].length > 0);
  const sentence = "cannot be had together with proxy: all sessions are passed on";
  return keys.map((key) => ({ path: [key], sentence }));
}

/** Placeholders in `pull` and `push`, and in `proxy`, which knows no stream. */
const STREAM_PLACEHOLDERS = ["app", "stream", "key"];
const SESSION_PLACEHOLDERS = ["app"];

function unknownPlaceholders(
  { pull, push, routes, proxy }: ApplicationConfig,
  own: ReadonlySet<RelayKey>,
): readonly Mistake[] {
  return [
    ...(own.has("pull") ? unknownIn(["pull"], pull, STREAM_PLACEHOLDERS) : []),
    ...(own.has("push") ? unknownIn(["push"], push, STREAM_PLACEHOLDERS) : []),
    ...(own.has("routes") ? routes : []).flatMap((route, index) => [
      ...unknownIn(["routes", String(index), "pull"], route.pull, STREAM_PLACEHOLDERS),
      ...unknownIn(["routes", String(index), "push"], route.push, STREAM_PLACEHOLDERS),
    ]),
    ...(own.has("proxy") && proxy ? unknownIn(["proxy"], [proxy], SESSION_PLACEHOLDERS) : []),
  ];
}

function unknownIn(
  path: readonly string[],
  urls: readonly RtmpUrl[],
  known: readonly string[],
): readonly Mistake[] {
  const list = known.map((each) => `{${each}}`).join(", ");
  return urls
    .flatMap((url) => placeholdersIn(url))
    .filter((placeholder) => !known.includes(placeholder))
    .map((placeholder) => ({
      path,
      sentence: `{${placeholder}} stands for nothing; known here: ${list}`,
    }));
}

function placeholdersIn({ application, stream, query }: RtmpUrl): readonly string[] {
  const text = `${application}/${stream}?${query}`;
  return [...text.matchAll(/\{([^{}]*)\}/g)].map(([, placeholder = ""]) => placeholder);
}
