import { Applications } from "@headgate/bus";
import type { KeySet } from "@headgate/jwt";
import { keyCheck, signatureCheck, tokenCheck, userCheck } from "./checks.ts";
import type { AccessOptions, ApplicationAccess, StreamAccess } from "./config.ts";
import type { CredentialCheck } from "./credential.ts";
import { tokenJudge } from "./jwt/token-judge.ts";
import {
  type ApplicationRules,
  type CredentialKind,
  type Decider,
  hasTokens,
  rulesOf,
  type StreamRules,
} from "./rules.ts";
import { Users } from "./users.ts";

/** The configuration of access as it is read. */
export interface AccessConfig {
  readonly access: AccessOptions;
  readonly applications: ReadonlyMap<string, ApplicationAccess>;
  readonly deciderOf: (application: string) => Decider;
}

/** What is made of it, ready for requests. */
export interface AccessState {
  readonly connect: AccessOptions["connect"];
  readonly users: Users;
  readonly applications: Applications<ApplicationState>;
}

interface ApplicationState {
  readonly decider: Decider;
  readonly rules: ApplicationRules;
  readonly publish: readonly CredentialCheck[];
  readonly play: readonly CredentialCheck[];
}

/** What outlives a configuration. */
export interface LastingState {
  readonly authenticated: WeakMap<object, string>;
  readonly keySetOf: (url: URL) => KeySet;
}

export function accessState(config: AccessConfig, lasting: LastingState): AccessState {
  const { access } = config;
  const users = new Users(access.users);
  const keySet = access.jwt.jwks && lasting.keySetOf(access.jwt.jwks);
  const tokens = hasTokens(access) ? tokenJudge(access.jwt, keySet) : undefined;
  const checksFor = (
    own: StreamAccess,
    { asksFor, users: allowed }: StreamRules,
  ): readonly CredentialCheck[] => {
    const checks: Readonly<Record<CredentialKind, () => CredentialCheck>> = {
      key: () => keyCheck(own),
      user: () => userCheck(users, allowed, lasting.authenticated),
      signedUrl: () => signatureCheck(own.signedUrl),
      token: () => tokenCheck(tokens!),
    };
    return asksFor.map((kind) => checks[kind]());
  };
  const states = [...config.applications].map(([name, own]): [string, ApplicationState] => {
    const decider = config.deciderOf(name);
    const rules = rulesOf(own, access, decider);
    const publish = checksFor(own.publish, rules.publish);
    return [name, { decider, rules, publish, play: checksFor(own.play, rules.play) }];
  });
  return { connect: access.connect, users, applications: new Applications(new Map(states)) };
}
