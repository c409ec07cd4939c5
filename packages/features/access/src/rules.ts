import type { AccessOptions, ApplicationAccess, PublishAccess, StreamAccess } from "./config.ts";
import { Networks } from "./networks.ts";

/** What an application asks for, as a whole: the words of its configuration mean something beside each other only. */
export interface StreamRules {
  readonly allow: Networks;
  readonly deny: Networks;
  readonly asksFor: readonly CredentialKind[];
  /** Whose passwords count. */
  readonly users: readonly string[];
}

export interface PublishRules extends StreamRules {
  readonly authmod: "off" | "adobe" | "llnw";
}

export interface ApplicationRules {
  readonly publish: PublishRules;
  readonly play: StreamRules;
}

export type CredentialKind = "key" | "user" | "signedUrl" | "token";

/**
 * Who has the last word on requests to publish: the rules; `hooks`, which are asked about each, so that everybody may make one; or
 * `origin`, the server to which an application's sessions are passed on, which has the only word, also on playing.
 */
export type Decider = "rules" | "hooks" | "origin";

export function rulesOf(
  { publish, play }: ApplicationAccess,
  options: AccessOptions,
  decider: Decider,
): ApplicationRules {
  if (decider === "origin") return NO_RULES;
  const isGuarded = decider === "hooks";
  const own = streamRules(publish, options, isGuarded);
  return {
    publish: { ...own, authmod: authmodOf(publish, own) },
    play: streamRules(play, options, isGuarded),
  };
}

const NOTHING_ASKED: StreamRules = { allow: Networks.ALL, deny: Networks.NONE, asksFor: [], users: [] };
const NO_RULES: ApplicationRules = { publish: { ...NOTHING_ASKED, authmod: "off" }, play: NOTHING_ASKED };

function streamRules(access: StreamAccess, options: AccessOptions, isGuarded: boolean): StreamRules {
  const users = usersOf(access, options);
  const asksFor = kindsOf(access, users, options);
  const byDefault = isGuarded || asksFor.length > 0 ? Networks.ALL : Networks.PRIVATE;
  const allow = access.allow === "auto" ? byDefault : access.allow;
  return { allow, deny: access.deny, asksFor, users };
}

function usersOf({ users }: StreamAccess, options: AccessOptions): readonly string[] {
  if (users === "none") return [];
  return users === "all" ? [...options.users.keys()] : users;
}

function kindsOf(
  { key, keys, signedUrl, jwt }: StreamAccess,
  users: readonly string[],
  options: AccessOptions,
): readonly CredentialKind[] {
  return [
    ...(key || keys.size > 0 ? (["key"] as const) : []),
    ...(users.length > 0 ? (["user"] as const) : []),
    ...(signedUrl.preset === "off" ? [] : (["signedUrl"] as const)),
    ...(jwt && hasTokens(options) ? (["token"] as const) : []),
  ];
}

export function hasTokens({ jwt: { jwks, secret, publicKey } }: AccessOptions): boolean {
  return jwks !== undefined || publicKey !== undefined || secret.texts.length > 0;
}

function authmodOf({ authmod }: PublishAccess, { asksFor }: StreamRules): PublishRules["authmod"] {
  if (authmod !== "auto") return authmod;
  return asksFor.length === 1 && asksFor[0] === "user" ? "adobe" : "off";
}
