import {
  duration,
  type Field,
  HOUR,
  list,
  listOf,
  type Mistake,
  oneOf,
  optional,
  parsed,
  SECOND,
  Secret,
  type Section,
  value,
} from "@headgate/config";
import { DIALECTS, type DialectName } from "./dialects.ts";
import { type HookEvent, QUESTIONS, REPORTS } from "./hook-call.ts";
import { HookUrl } from "./hook-url.ts";

/** One program that is asked and told. */
export interface HookOptions {
  readonly url: HookUrl;
  readonly dialect: DialectName;
  /** Undefined: requests are not signed. */
  readonly secret: Secret | undefined;
  readonly onFailure: "deny" | "allow";
  /** Empty: those that are usual in the dialect. */
  readonly events: readonly HookEvent[];
  readonly timeoutMs: number;
  readonly cacheMs: number;
  readonly updateIntervalMs: number;
}

/** The hooks of all applications. */
export interface HooksOptions {
  readonly hooks: readonly HookOptions[];
}

/** Events that a hook may have; those of sessions as a whole only if it is for all applications. */
const EVENTS: readonly HookEvent[] = [...QUESTIONS, ...REPORTS];

const HOOK: Section<HookOptions> = {
  url: parsed<HookUrl>("url", {
    expects: 'the URL of an HTTP server such as "https://auth.example.com/hooks"',
    isSecret: true,
    parse: (written) => (typeof written === "string" ? HookUrl.parse(written) : undefined),
    reload: "live",
    description: "Where it is asked.",
  }),
  dialect: oneOf("dialect", Object.keys(DIALECTS) as DialectName[], {
    default: "headgate",
    reload: "live",
    description:
      "How it is asked: as SRS asks its http_hooks (srs), nginx-rtmp its on_* URLs (nginx-rtmp), MediaMTX its authHTTPAddress (mediamtx), or in Headgate's own way (headgate).",
  }),
  secret: optional("secret", {
    expects: "text",
    isSecret: true,
    parse: (written) => (typeof written === "string" && written !== "" ? new Secret(written) : undefined),
    reload: "live",
    description: "With it requests are signed, in the header X-Headgate-Signature.",
  }),
  onFailure: oneOf("onFailure", ["deny", "allow"], {
    default: "deny",
    reload: "live",
    description: "What is decided if it cannot be asked, or answers nothing that can be understood.",
  }),
  events: list<HookEvent>("events", {
    items: value({
      expects: `one of ${EVENTS.join(", ")}`,
      choices: EVENTS,
      parse: (written) => EVENTS.find((event) => event === written),
    }),
    needsDifferent: true,
    reload: "live",
    description: `What it is asked and told, such as [publish, unpublish]: ${EVENTS.join(", ")}. Without it: publish and play with nginx-rtmp and mediamtx, and everything but update with srs and headgate.`,
  }),
  timeoutMs: duration("timeout", {
    default: 3 * SECOND,
    range: [100, 30 * SECOND],
    reload: "live",
    description: "The time to answer, with the time to connect; less than `timeouts.policy`.",
  }),
  cacheMs: duration("cache", {
    default: 0,
    range: [0, HOUR],
    reload: "live",
    description:
      "How long it is not asked again about the same request of the same address, once it has allowed it; 0s: it is always asked.",
  }),
  updateIntervalMs: duration("updateInterval", {
    default: 30 * SECOND,
    range: [SECOND, HOUR],
    reload: "live",
    description: "How often `update` is sent for each stream that is published or played.",
  }),
};

/** `access.hooks` */
export const HOOKS: Section<HooksOptions> = {
  hooks: hooks(
    "Programs that are asked over HTTP who may connect, publish and play, one after the other; all must allow it. They are told what happens, too.",
    '{ url: "https://auth.example.com/hooks", dialect: srs }',
  ),
};

/** `applications.*.hooks` */
export const APPLICATION_HOOKS: Section<HooksOptions> = {
  hooks: hooks(
    "The same for the streams of this application alone, after those of `access`.",
    '{ url: "http://127.0.0.1:8080/on_publish", dialect: nginx-rtmp, events: [publish] }',
  ),
};

function hooks(description: string, example: string): Field<readonly HookOptions[]> {
  return listOf("hooks", HOOK, { reload: "live", description, example });
}

/** What no key of a hook has alone. */
export function hookMistakes(
  hooks: readonly HookOptions[],
  place: { readonly path: readonly string[]; readonly policyMs: number; readonly isOfApplication: boolean },
): readonly Mistake[] {
  return hooks.flatMap((hook, index) => {
    const path = [...place.path, String(index)];
    const known = DIALECTS[hook.dialect].events.filter(
      (event) => !place.isOfApplication || (event !== "connect" && event !== "close"),
    );
    const unknown = hook.events.filter((event) => !known.includes(event));
    return [
      ...unknown.map((event) => ({
        path: [...path, "events"],
        sentence: `cannot have ${event}${place.isOfApplication ? " here" : ""} with ${hook.dialect}; known: ${known.join(", ")}`,
      })),
      ...(hook.timeoutMs >= place.policyMs
        ? [{ path: [...path, "timeout"], sentence: "must be less than /timeouts/policy" }]
        : []),
    ];
  });
}

/** What a hook is asked and told. Hooks of one application hear nothing of sessions as a whole. */
export function eventsOf(
  { dialect, events }: Pick<HookOptions, "dialect" | "events">,
  isOfApplication: boolean,
): ReadonlySet<HookEvent> {
  const all = events.length > 0 ? events : DIALECTS[dialect].usualEvents;
  return new Set(all.filter((event) => !isOfApplication || (event !== "connect" && event !== "close")));
}
