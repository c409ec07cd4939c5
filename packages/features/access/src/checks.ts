import { createHmac, randomBytes } from "node:crypto";
import { ALLOW, type Allowed, readGrantedLimits } from "@headgate/gateway";
import type { TokenJudge } from "@headgate/jwt";
import type { StreamAccess } from "./config.ts";
import { type CredentialCheck, failed } from "./credential.ts";
import { limitsIn, permits } from "./jwt/permissions.ts";
import { type SignedUrlOptions, verifySignature } from "./signed-url/signed-url.ts";
import { sha256 } from "./texts.ts";
import type { Users } from "./users.ts";

/** `?key=`. A key with a name says who has it. */
export function keyCheck({ key, keys }: Pick<StreamAccess, "key" | "keys">): CredentialCheck {
  // Looked up under a secret of this process: how long that takes tells nothing about the keys.
  const secret = randomBytes(32);
  const mark = (digest: Buffer) => createHmac("sha256", secret).update(digest).digest("base64");
  const known = new Map<string, Allowed>();
  if (key) known.set(mark(key.digest), ALLOW);
  for (const [identity, { digest }] of keys) known.set(mark(digest), { kind: "allow", identity });
  return ({ parameters }) => {
    const shown = parameters.get("key");
    if (shown === undefined) return "absent";
    return known.get(mark(sha256(shown))) ?? failed("CREDENTIALS_INVALID");
  };
}

/** `?user=&pass=`, or whom authmod has found at `connect`. */
export function userCheck(
  users: Users,
  allowed: readonly string[],
  authenticated: Pick<WeakMap<object, string>, "get">,
): CredentialCheck {
  const asUser = (user: string) =>
    allowed.includes(user) ? ({ kind: "allow", identity: user } as const) : failed("NOT_PERMITTED");
  return ({ peer, parameters }) => {
    const known = authenticated.get(peer);
    if (known !== undefined) return asUser(known);
    const user = parameters.get("user");
    const password = passwordIn(parameters);
    if (user === undefined || password === undefined) return "absent";
    const outcome = users.verify(user, password, peer.remoteAddress);
    const judged = (one: Awaited<typeof outcome>) => {
      if (one === "busy") return failed("PASSWORDS_BUSY");
      return one === "right" ? asUser(user) : failed("CREDENTIALS_INVALID");
    };
    return outcome instanceof Promise ? outcome.then(judged) : judged(outcome);
  };
}

export function signatureCheck(options: SignedUrlOptions): CredentialCheck {
  return ({ key: { application, name }, peer: { remoteAddress }, parameters, nowMs }) => {
    const path = application === "" ? name : `${application}/${name}`;
    const resource = { path, stream: name, remoteAddress };
    const outcome = verifySignature(options, parameters, resource, nowMs);
    switch (outcome) {
      case "absent":
        return "absent";
      case "valid":
        return ALLOW;
      case "expired":
        return failed("CREDENTIALS_EXPIRED");
      default:
        return failed("CREDENTIALS_INVALID");
    }
  };
}

/** `?token=`, `?jwt=`, or in the place of a password. */
export function tokenCheck(tokens: TokenJudge): CredentialCheck {
  return async ({ action, key, parameters }) => {
    const token = parameters.get("token") ?? parameters.get("jwt") ?? passwordIn(parameters);
    if (token === undefined) return "absent";
    const outcome = await tokens.judge(token);
    if (outcome.kind === "right") {
      if (!permits(outcome.claims, action, key.path)) return failed("NOT_PERMITTED");
      const written = limitsIn(outcome.claims);
      const limits = written === undefined ? undefined : readGrantedLimits(written);
      // What cannot be meant may be a limit that would not hold.
      if (written !== undefined && !limits) return failed("CREDENTIALS_INVALID");
      const { sub } = outcome.claims;
      return { kind: "allow", identity: typeof sub === "string" ? sub : undefined, limits };
    }
    return failed(TOKEN_FAILURES[outcome.kind]);
  };
}

const TOKEN_FAILURES = {
  wrong: "CREDENTIALS_INVALID",
  expired: "CREDENTIALS_EXPIRED",
  unavailable: "TOKEN_KEYS_UNAVAILABLE",
} as const;

function passwordIn(parameters: { get(name: string): string | undefined }): string | undefined {
  return parameters.get("pass") ?? parameters.get("password");
}
