import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { CONFIG } from "./config.ts";
import { exampleFile } from "./example-file.test.helper.ts";
import { allKeys } from "./keys.test.helper.ts";
import { loadConfig } from "./load-config.ts";
import { manualTables } from "./manual-tables.test.helper.ts";
import { writtenConfig } from "./written-config.test.helper.ts";

const ROOT = new URL("../../../../", import.meta.url);

const example = exampleFile(CONFIG);

test("the example file is up to date; npm run generate makes it so", async () => {
  await expect(example).toMatchFileSnapshot(
    fileURLToPath(new URL("apps/headgate/headgate.example.yaml", ROOT)),
  );
});

test("the type of configurations is up to date; npm run generate makes it so", async () => {
  await expect(writtenConfig(CONFIG)).toMatchFileSnapshot(
    fileURLToPath(new URL("apps/headgate/src/embed/gateway-config.ts", ROOT)),
  );
});

test.each(Object.entries(manualTables()))(
  "the tables of %s are up to date; npm run generate makes them so",
  async (name, tables) => {
    const file = fileURLToPath(new URL(name, ROOT));
    const page = Object.entries(tables).reduce(withTable, readFileSync(file, "utf8"));
    await expect(page).toMatchFileSnapshot(file);
  },
);

function withTable(page: string, [name, table]: [string, string]): string {
  const begin = `<!-- ${name}, by npm run generate -->\n\n`;
  const [before, after] = page.split(begin);
  if (after === undefined) throw new Error(`there is no place for the table of ${name}`);
  return `${before}${begin}${table}\n\n${after.slice(after.indexOf("<!-- end -->"))}`;
}

test("the example file is a valid configuration, and says the defaults", () => {
  const { config } = loadConfig({ name: "example", content: example }, {});
  const { config: defaults } = loadConfig(undefined, {});
  // The other default listeners may give way, which a configured one must not.
  expect(config?.listeners).toEqual(defaults?.listeners.slice(0, 1));
  expect({ ...config, listeners: [] }).toEqual({ ...defaults, listeners: [] });
});

test("the example file has every key there is", () => {
  const paths = allKeys().map(({ path }) => path);
  const isInNone = (path: string) =>
    paths.some((other) => path.startsWith(`${other}[]`) || path.startsWith(`${other}.NAME.`));
  const expected = paths.filter((path) => !isInNone(path)).map((path) => path.replace("[]", ".0"));
  expect(keysWritten(parse(example))).toEqual(expected);
});

test("entries that the example file has in comments are valid", () => {
  const lists = allKeys().filter((key) => key.example !== undefined);
  expect(lists.map(({ key }) => key)).toEqual([
    "certificates",
    "tokens",
    "clients",
    "limits",
    "hooks",
    "swfVerification",
    "routes",
    "hooks",
    "playlists",
  ]);
  for (const list of lists) {
    const mistakes: Parameters<typeof list.read>[2] = [];
    const example = parse(list.example!);
    list.read(list.parts?.kind === "named" ? example : [example], [], mistakes);
    expect(mistakes).toEqual([]);
  }
});

test("every limit and every timeout says what happens beyond it", () => {
  const limits = allKeys().filter(({ path }) => /^(limits|timeouts)\./.test(path));
  expect(limits.length).toBeGreaterThan(20);
  expect(limits.filter(({ beyond }) => beyond === undefined)).toEqual([]);
});

function keysWritten(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  // Lists of plain values.
  if (Array.isArray(value) && typeof value[0] !== "object") return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const below = keysWritten(child);
    return below.length === 0 ? [key] : below.map((each) => `${key}.${each}`);
  });
}
