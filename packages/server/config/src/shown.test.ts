import { expect, test } from "vitest";
import type { Section } from "./field.ts";
import { list, listOf } from "./list.ts";
import { optional, parsed, value } from "./parsed.ts";
import { duration, flag, size } from "./scalars.ts";
import { group, namedSections } from "./section.ts";
import { shown } from "./shown.ts";

const about = { description: "", reload: "live" } as const;

interface Key {
  readonly name: string;
  readonly secret: string;
}

const KEY: Section<Key> = {
  name: parsed("name", { ...about, expects: "text", parse: String }),
  secret: parsed("secret", { ...about, expects: "text", isSecret: true, parse: String }),
};

interface Options {
  readonly waitMs: number;
  readonly bytes: number | "auto";
  readonly isOn: boolean;
  readonly hash: Uint8Array;
  readonly url: URL | undefined;
  readonly targets: readonly string[];
  readonly keys: readonly Key[];
  readonly inner: Key;
  readonly byName: ReadonlyMap<string, Key>;
}

const SECTION: Section<Options> = {
  waitMs: duration("wait", { ...about, default: 1_000, range: [0, 60_000] }),
  bytes: size("size", { ...about, default: "auto", auto: () => "auto" as const, range: [0, 1_000_000] }),
  isOn: flag("on", { ...about, default: true }),
  hash: parsed("hash", { ...about, expects: "hex", parse: () => new Uint8Array() }),
  url: optional("url", { ...about, expects: "a URL", parse: () => undefined }),
  targets: list("targets", {
    ...about,
    items: value({ expects: "text", isSecret: true, format: (text) => text.split("?")[0], parse: String }),
  }),
  keys: listOf("keys", KEY, about),
  inner: group("inner", KEY, ""),
  byName: namedSections("byName", {
    section: KEY,
    rest: "*",
    pattern: /./,
    misnamed: "",
    expects: "",
    description: "",
  }),
};

test("a configuration is shown as it is written, without its secrets", () => {
  const key = { name: "ops", secret: "hunter2" };
  const options: Options = {
    waitMs: 2_500,
    bytes: 65_536,
    isOn: false,
    hash: Uint8Array.of(1, 171),
    url: new URL("http://127.0.0.1:80/"),
    targets: ["rtmp://a/b?hunter2"],
    keys: [key],
    inner: key,
    byName: new Map([["live", key]]),
  };
  const masked = { name: "ops", secret: "***" };
  expect(shown(SECTION, options)).toEqual({
    wait: "2500ms",
    size: "64KiB",
    on: false,
    hash: "01ab",
    url: "http://127.0.0.1/",
    targets: ["rtmp://a/b"],
    keys: [masked],
    inner: masked,
    byName: { live: masked },
  });
  expect(shown(SECTION, { ...options, bytes: "auto", url: undefined })).toMatchObject({
    size: "auto",
    url: null,
  });
});
