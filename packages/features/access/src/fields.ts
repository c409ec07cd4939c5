import { type Field, MASK, optional, parsed, value } from "@headgate/config";
import { isNetworkEntry, Networks } from "./networks.ts";
import { SecretText } from "./secret-text.ts";
import { UserSecrets } from "./user-secrets.ts";

const NETWORK = 'an address or a network such as "10.0.0.0/8", or all, private or loopback';

interface NetworksAbout<Default> {
  readonly default: Default;
  readonly description: string;
}

/** One network, or a list of them. Its default may be a word. */
export function networks<Default extends Networks | string>(
  key: string,
  { default: byDefault, description }: NetworksAbout<Default>,
): Field<Networks | Default> {
  const items = value({ expects: NETWORK, parse: (written) => entriesOf(written)?.[0] });
  const field = parsed<Networks | Default>(key, {
    default: byDefault,
    format: (networks) => (networks instanceof Networks ? networks.written : networks),
    reload: "live",
    description,
    expects: `${NETWORK}; or a list of such`,
    parse: (written) => {
      if (written === byDefault && typeof byDefault === "string") return byDefault;
      const entries = entriesOf(written);
      return entries && new Networks(entries);
    },
  });
  return { ...field, parts: { kind: "list", items, mayBeAlone: true, begin: () => [] } };
}

function entriesOf(written: unknown): readonly string[] | undefined {
  if (written === null) return [];
  const entries: readonly unknown[] = [written].flat();
  return entries.every((entry) => typeof entry === "string" && isNetworkEntry(entry))
    ? (entries as readonly string[])
    : undefined;
}

const SECRET = 'text in quotes, or a hash as "sha256:..."';

export function secretText(key: string, description: string): Field<SecretText | undefined> {
  return optional<SecretText>(key, {
    reload: "live",
    description,
    expects: SECRET,
    isSecret: true,
    parse: SecretText.parse,
  });
}

/** Names of people and things, which appear in logs. */
const NAME = /^[\w.@+-]{1,128}$/;

/** Whether a user, or the holder of a key, may have this name. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

export function secretTexts(key: string, description: string): Field<ReadonlyMap<string, SecretText>> {
  return namedTexts(key, {
    description,
    expects: `names (letters, digits and any of ._@+-), each with ${SECRET}`,
    writtenAs: "Readonly<Record<string, string>>",
    parse: (_name, written) => SecretText.parse(written),
  });
}

export function userSecrets(key: string, description: string): Field<ReadonlyMap<string, UserSecrets>> {
  return namedTexts(key, {
    description,
    expects:
      "names (letters, digits and any of ._@+-), each with a password in quotes or a list of its hashes",
    writtenAs: "Readonly<Record<string, string | readonly string[]>>",
    parse: UserSecrets.parse,
  });
}

interface NamedTexts<T> {
  readonly description: string;
  readonly expects: string;
  readonly writtenAs: string;
  readonly parse: (name: string, written: unknown) => T | undefined;
}

function namedTexts<T>(
  key: string,
  { description, expects, writtenAs, parse }: NamedTexts<T>,
): Field<ReadonlyMap<string, T>> {
  return parsed<ReadonlyMap<string, T>>(key, {
    default: new Map(),
    format: (named) => Object.fromEntries([...named.keys()].map((name) => [name, MASK])),
    reload: "live",
    description,
    expects,
    writtenAs,
    isSecret: true,
    parse: (written) => {
      if (written === null) return new Map();
      if (typeof written !== "object" || Array.isArray(written)) return undefined;
      const named = Object.entries(written).map(([name, text]) => [name, parse(name, text)] as const);
      const isRight = named.every(([name, one]) => isName(name) && one !== undefined);
      return isRight ? (new Map(named) as ReadonlyMap<string, T>) : undefined;
    },
  });
}

/** All users, none, or some. */
export function userNames(
  key: string,
  byDefault: "all" | "none",
  description: string,
): Field<readonly string[] | "all" | "none"> {
  return parsed<readonly string[] | "all" | "none">(key, {
    default: byDefault,
    reload: "live",
    description,
    expects: 'all, none, or a list of names such as ["alice", "bob"]',
    writtenAs: '"all" | "none" | readonly string[]',
    parse: (written) => {
      if (written === "all" || written === "none") return written;
      const isNames = Array.isArray(written) && written.every((name) => isName(String(name)));
      return isNames ? written.map(String) : undefined;
    },
  });
}
