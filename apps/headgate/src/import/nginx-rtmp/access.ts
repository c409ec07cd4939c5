import type { AddressRule } from "../addresses.ts";
import { addHook, addStreamHook, type Hook } from "../hooks.ts";
import type { Directive } from "../part.ts";
import type { Output, Rule } from "../rules.ts";

/** When nginx-rtmp calls a URL, and what Headgate calls it. */
const STREAM_EVENTS: Readonly<Record<string, string>> = {
  on_publish: "publish",
  on_play: "play",
  on_update: "update",
  on_publish_done: "unpublish",
  on_play_done: "stop",
  on_done: "done",
};

const SESSION_EVENTS: Readonly<Record<string, string>> = { on_connect: "connect", on_disconnect: "close" };

export const STREAM_HOOKS: readonly string[] = Object.keys(STREAM_EVENTS);

/** A URL that is called for the streams of an application. */
export function importStreamHook(
  directive: Directive,
  {
    draft,
    application,
    updateInterval,
  }: Output & { readonly application: string; readonly updateInterval: string | undefined },
): void {
  const event = STREAM_EVENTS[directive.name]!;
  const interval = event === "update" && updateInterval !== undefined ? { updateInterval } : {};
  addStreamHook(draft, [directive], application, { ...hookOf(directive, event), ...interval });
}

/** A URL that is called for sessions, whatever application they name. */
export const importSessionHook: Rule<Directive> = (directive, { draft }) =>
  addHook(draft, [directive], hookOf(directive, SESSION_EVENTS[directive.name]!));

function hookOf({ args: [url] }: Directive, event: string): Hook {
  return { url, dialect: "nginx-rtmp", events: [event] };
}

/** `allow` and `deny`, in the order in which they are asked. */
export function addressRules(directives: readonly Directive[]): readonly AddressRule[] {
  return directives.flatMap((part) => {
    const { name: verdict, args } = part;
    if (verdict !== "allow" && verdict !== "deny") return [];
    const words = args.slice(0, -1);
    const uses = (["publish", "play"] as const).filter((use) => words.length === 0 || words.includes(use));
    return [{ part, verdict, uses, network: args.at(-1) ?? "" }];
  });
}
