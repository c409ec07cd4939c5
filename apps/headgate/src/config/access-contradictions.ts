import { hasTokens, type SignedUrlOptions } from "@headgate/access";
import type { Mistake } from "@headgate/config";
import { type ApplicationConfig, CONFIG, type FileOptions } from "./config.ts";

/** What is wrong with who may do what, and no key has alone. What an application inherits is no mistake of its own. */
export function accessContradictions({ access, applications }: FileOptions): readonly Mistake[] {
  const byDefault = CONFIG.applications.default.get("*")!;
  const everyOther = applications.get("*") ?? byDefault;
  return [
    ...severalKindsOfKeys(access),
    ...[...applications].flatMap(([name, options]) => {
      const inherited = name === "*" ? byDefault : everyOther;
      const mistakes = ACTIONS.flatMap((action) => [
        ...unknownUsers(options, inherited, action, access.users),
        ...missingTokens(options, inherited, action, access),
        ...incompleteSignature(options[action].signedUrl, inherited[action].signedUrl).map((mistake) => ({
          ...mistake,
          path: [action, "signedUrl", ...mistake.path],
        })),
        ...besideProxy(options, inherited, action),
      ]);
      return mistakes.map(({ path, sentence }) => ({ path: ["applications", name, ...path], sentence }));
    }),
  ];
}

const ACTIONS = ["publish", "play"] as const;
type Action = (typeof ACTIONS)[number];

/** A key for one kind must never be taken for one of the other. */
function severalKindsOfKeys({ jwt }: FileOptions["access"]): readonly Mistake[] {
  const set = [
    ...(jwt.jwks ? ["jwks"] : []),
    ...(jwt.secret.texts.length > 0 ? ["secret"] : []),
    ...(jwt.publicKey ? ["publicKey"] : []),
  ];
  if (set.length < 2) return [];
  const sentence = `cannot be had together with ${set[0]}: tokens are signed in one way`;
  return [{ path: ["access", "jwt", set[1]!], sentence }];
}

function unknownUsers(
  options: ApplicationConfig,
  inherited: ApplicationConfig,
  action: Action,
  users: FileOptions["access"]["users"],
): readonly Mistake[] {
  const { users: named } = options[action];
  if (named === "none" || named === inherited[action].users) return [];
  const path = [action, "users"];
  if (named === "all")
    return users.size > 0 ? [] : [{ path, sentence: "asks for users, but access.users has none" }];
  if (named.length === 0) return [{ path, sentence: "names nobody: write none if no user is asked for" }];
  return named
    .filter((name) => !users.has(name))
    .map((name) => ({ path, sentence: `names ${name}, who is not among access.users` }));
}

/** Without keys nothing would be asked for, and everybody let in. */
function missingTokens(
  options: ApplicationConfig,
  inherited: ApplicationConfig,
  action: Action,
  access: FileOptions["access"],
): readonly Mistake[] {
  const { jwt } = options[action];
  if (!jwt || jwt === inherited[action].jwt || hasTokens(access)) return [];
  return [{ path: [action, "jwt"], sentence: "asks for tokens, but access.jwt has no keys" }];
}

function incompleteSignature(own: SignedUrlOptions, inherited: SignedUrlOptions): readonly Mistake[] {
  if (own === inherited || own.preset === "off") return [];
  const { preset, secret } = own;
  if (secret.texts.length === 0) return [{ path: [], sentence: `needs a secret for ${preset}` }];
  if (preset === "akamai" && !secret.texts.every((text: string) => /^([0-9a-f]{2})+$/i.test(text)))
    return [{ path: ["secret"], sentence: "must be hexadecimal for akamai" }];
  return [];
}

/** Whole sessions are passed on: the other server decides. */
function besideProxy(
  options: ApplicationConfig,
  inherited: ApplicationConfig,
  action: Action,
): readonly Mistake[] {
  if (options.proxy === undefined || options[action] === inherited[action]) return [];
  return [{ path: [action], sentence: "cannot be had together with proxy: the other server decides" }];
}
