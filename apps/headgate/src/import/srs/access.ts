import { type AddressRule, setDenyFirst, setFirstMatch } from "../addresses.ts";
import { addHook, addStreamHook, type Hook } from "../hooks.ts";
import type { Directive } from "../part.ts";
import { each, left, needless, type Output, type Rule, type Rules } from "../rules.ts";

/** Looked for in all blocks together. */
const TOGETHER: Rule<Directive> = () => {};

/** When SRS calls a URL, and what Headgate calls it. */
const EVENTS: Readonly<Record<string, string>> = {
  on_connect: "connect",
  on_close: "close",
  on_publish: "publish",
  on_unpublish: "unpublish",
  on_play: "play",
  on_stop: "stop",
};

const SESSION_EVENTS: ReadonlySet<string> = new Set(["connect", "close"]);

/** Within `security`. */
export const SECURITY: Rules<Directive> = {
  enabled: needless("the rules are there"),
  ...each("allow deny", TOGETHER),
};

/** Within `http_hooks`. */
export const HTTP_HOOKS: Rules<Directive> = {
  enabled: needless("the hooks are there"),
  ...each(Object.keys(EVENTS).join(" "), TOGETHER),
  on_dvr: left("set `record` of the application by hand (docs/recording.md)"),
  ...each("on_hls on_hls_notify", left("Headgate makes no HLS yet")),
};

/** Without `security` everybody may; with it and without a rule, nobody. */
export function setWhoMay(security: readonly Directive[], application: string, output: Output): void {
  if (security.length === 0) return setFirstMatch([], application, output);
  setDenyFirst(
    security.flatMap(({ parts }) => parts.flatMap(addressRule)),
    application,
    output,
  );
}

function addressRule(part: Directive): readonly AddressRule[] {
  const { name: verdict, args } = part;
  if (verdict !== "allow" && verdict !== "deny") return [];
  const uses = (["publish", "play"] as const).filter((use) => use === args[0]);
  return [{ part, verdict, uses, network: args[1] ?? "" }];
}

/** One hook for each URL, with all that it is asked and told. Those for sessions are for all vhosts. */
export function addHooks(
  blocks: readonly Directive[],
  host: string | undefined,
  application: string,
  { draft, report }: Output,
): void {
  const streams = new Map<string, Directive[]>();
  const sessions = new Map<string, Directive[]>();
  for (const directive of blocks.flatMap(({ parts }) => parts)) {
    const event = Object.hasOwn(EVENTS, directive.name) ? EVENTS[directive.name]! : undefined;
    if (event === undefined) continue;
    const isOfSession = SESSION_EVENTS.has(event);
    if (isOfSession && host !== undefined)
      report.left(directive, "sessions have hooks for all vhosts only: access.hooks");
    else for (const url of directive.args) addTo(isOfSession ? sessions : streams, url, directive);
  }
  for (const [url, parts] of sessions) addHook(draft, parts, hookOf(url, parts));
  for (const [url, parts] of streams) addStreamHook(draft, parts, application, hookOf(url, parts));
}

function addTo(byUrl: Map<string, Directive[]>, url: string, directive: Directive): void {
  const parts = byUrl.get(url) ?? [];
  byUrl.set(url, parts);
  parts.push(directive);
}

function hookOf(url: string, parts: readonly Directive[]): Hook {
  return { url, dialect: "srs", events: [...new Set(parts.map(({ name }) => EVENTS[name]!))] };
}
