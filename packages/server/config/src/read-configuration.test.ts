import { describe, expect, test } from "vitest";
import type { About } from "./field.ts";
import { list, listOf } from "./list.ts";
import { optional, parsed, value } from "./parsed.ts";
import { MAX_SHOWN_MISTAKES, mistakesOf, readConfiguration } from "./read-configuration.ts";
import { count, duration, flag, oneOf, size } from "./scalars.ts";
import { group, namedSections } from "./section.ts";

const ABOUT: About = { description: "What it is.", reload: "live" };

const fourDigits = (written: unknown) => (/^\d{4}$/.test(String(written)) ? String(written) : undefined);

const DOOR = {
  width: count("width", { ...ABOUT, range: [1, 100] }),
  isOpen: flag("open", { ...ABOUT, default: false }),
};

const SHELF = { books: count("books", { ...ABOUT, default: 0, range: [0, 100] }) };

const ROOM = {
  shelves: listOf("shelves", SHELF, ABOUT),
  heat: count("heat", { ...ABOUT, default: 20, range: [0, 30] }),
  colour: oneOf("colour", ["white", "green"], { ...ABOUT, default: "white" }),
};

const HOUSE = {
  code: optional("code", { ...ABOUT, expects: "four digits", isSecret: true, parse: fourDigits }),
  bell: group(
    "bell",
    { ringMs: duration("ring", { ...ABOUT, default: 1500, range: [0, 60_000] }) },
    "It rings.",
  ),
  attic: size("attic", { ...ABOUT, default: "auto", range: [1024, 1024 ** 2], auto: () => "auto" as const }),
  doors: listOf("doors", DOOR, ABOUT),
  numbers: list("numbers", { ...ABOUT, items: value({ expects: "four digits", parse: fourDigits }) }),
  name: parsed("name", {
    ...ABOUT,
    default: "home",
    expects: "a name",
    parse: (written) => written as string,
  }),
  rooms: namedSections("rooms", {
    section: ROOM,
    rest: "*",
    pattern: /^(\*|[a-z]+)$/,
    misnamed: "a room",
    expects: "rooms",
    description: "The rooms.",
  }),
};

function read(content: string, environment: Record<string, string> = {}) {
  return readConfiguration(HOUSE, { name: "house.yaml", content }, environment, () => []);
}

test("a file of nothing is the defaults", () => {
  expect(read("").options).toEqual({
    code: undefined,
    bell: { ringMs: 1500 },
    attic: "auto",
    doors: [],
    numbers: [],
    name: "home",
    rooms: new Map([["*", { heat: 20, colour: "white", shelves: [] }]]),
  });
});

test("named sections inherit from the one for the rest, wherever that stands", () => {
  const { options } = read('rooms: { hall: { heat: 15 }, "*": { colour: green } }');
  expect(options?.rooms).toEqual(
    new Map([
      ["hall", { heat: 15, colour: "green", shelves: [] }],
      ["*", { heat: 20, colour: "green", shelves: [] }],
    ]),
  );
});

describe("a mistake", () => {
  test.each([
    ["bel: {}", 'house.yaml:1:1 /: unknown key "bel" (did you mean "bell"?)'],
    [
      "bell: { ring: 2m }",
      'house.yaml:1:15 /bell/ring: must be a duration with its unit from 0s to 1m, such as "1500ms", not "2m"',
    ],
    ["bell: loud", 'house.yaml:1:7 /bell: must be keys with their values (ring), not "loud"'],
    [
      "attic: all",
      'house.yaml:1:8 /attic: must be a size from 1KiB to 1MiB, such as "8MiB" or a number of bytes, or auto, not "all"',
    ],
    ["doors: [{ open: true }]", "house.yaml:1:9 /doors/0: needs width"],
    ["doors: 3", 'house.yaml:1:8 /doors: must be a list, each with "-" and keys (width, open), not 3'],
    ["numbers: [1234, 5]", "house.yaml:1:17 /numbers/1: must be four digits, not 5"],
    [
      "rooms: { hall: { colour: greem } }",
      'house.yaml:1:26 /rooms/hall/colour: must be one of white, green, not "greem" (did you mean "green"?)',
    ],
    ["rooms: { Hall: {} }", 'house.yaml:1:10 /rooms: "Hall" cannot be a room'],
    ["rooms: {}", "house.yaml:1:8 /rooms: must be rooms, not empty"],
  ])("in %s says what is expected, and where", (content, problem) => {
    expect(read(content).problems).toEqual([problem]);
  });

  test("in a secret does not repeat it", () => {
    expect(read("code: 12345").problems).toEqual(["house.yaml:1:7 /code: must be four digits"]);
  });

  test("that no key has alone is found when there is no other", () => {
    const check = () => [{ path: ["bell"], sentence: "must not ring at night" }];
    const problemsOf = (content: string) =>
      readConfiguration(HOUSE, { name: "house.yaml", content }, {}, check).problems;
    expect(problemsOf("bell: { ring: 1s }")).toEqual(["house.yaml:1:7 /bell: must not ring at night"]);
    expect(problemsOf("bell: { rang: 1s }")).toEqual([
      'house.yaml:1:9 /bell: unknown key "rang" (did you mean "ring"?)',
    ]);
  });
});

describe("a variable", () => {
  test("reaches every kind of key", () => {
    const { options } = read("", {
      HEADGATE_BELL_RING: "2s",
      HEADGATE_ATTIC: "2048",
      HEADGATE_DOORS_0_WIDTH: "90",
      HEADGATE_DOORS_0_OPEN: "true",
      HEADGATE_NUMBERS_0: "1234",
      HEADGATE_ROOMS_HALL_HEAT: "15",
      HEADGATE_ROOMS_DEFAULT_COLOUR: "green",
    });
    expect(options).toMatchObject({
      bell: { ringMs: 2000 },
      attic: 2048,
      doors: [{ width: 90, isOpen: true }],
      numbers: ["1234"],
      rooms: new Map([
        ["*", { heat: 20, colour: "green" }],
        ["hall", { heat: 15, colour: "green" }],
      ]),
    });
  });

  test("of a list within an entry is of that entry, and makes no other", () => {
    const { options } = read("rooms: { hall: {} }", {
      HEADGATE_ROOMS_HALL_SHELVES_0_BOOKS: "3",
      HEADGATE_ROOMS_HALL_SHELVES_1_BOOKS: "4",
    });
    expect([...options!.rooms]).toMatchObject([["hall", { shelves: [{ books: 3 }, { books: 4 }] }]]);
    expect(read("", { HEADGATE_ROOMS_HALL_SHELVES_0_COLOUR: "white" }).problems).toEqual([
      expect.stringMatching(/^HEADGATE_ROOMS_HALL_SHELVES_0_COLOUR: there is no such key/),
    ]);
  });

  test("that Kubernetes sets for a service of that name is let pass", () => {
    expect(
      read("", { HEADGATE_ATTIC: "tcp://10.0.0.1:80", HEADGATE_BELL_SERVICE_HOST: "10.0.0.1" }).options,
    ).toEqual(read("").options);
  });

  test("is named in its mistake, after those of the file", () => {
    expect(read("attic: 1", { HEADGATE_BELL_RING: "long", HEADGATE_BEL_RING: "1s" }).problems).toEqual([
      'house.yaml:1:8 /attic: must be a size from 1KiB to 1MiB, such as "8MiB" or a number of bytes, or auto, not 1',
      'HEADGATE_BELL_RING: must be a duration with its unit from 0s to 1m, such as "1500ms", not "long"',
      "HEADGATE_BEL_RING: there is no such key (did you mean HEADGATE_BELL_RING?)",
    ]);
  });
});

test("of very many mistakes, the first are shown", () => {
  const keys = Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`);
  const { problems = [] } = read(keys.join("\n"));
  expect(problems.length).toBe(MAX_SHOWN_MISTAKES + 1);
  expect(problems[0]).toMatch(/^house\.yaml:1:1 \/: unknown key "k0"/);
  expect(problems.at(-1)).toBe(`house.yaml: ${keys.length - MAX_SHOWN_MISTAKES} more`);
});

test.each([
  ["heat: 1\nheat: 2", 2, 1],
  ["{ heat: 1, heat: 2 }", 1, 12],
  ["rooms: { a: {}, b: {}, a: {} }", 1, 24],
])("a key that is written twice is a mistake: %s", (content, line, column) => {
  expect(read(content).problems).toEqual([`house.yaml:${line}:${column}: Map keys must be unique`]);
});

test("the mistakes of a file by itself have their paths, and come before those that no key has alone", () => {
  const alone = [{ path: ["bell"], sentence: "is too loud" }];
  expect(mistakesOf(HOUSE, "bell: {ring: 1s}", () => alone)).toEqual(alone);
  expect(mistakesOf(HOUSE, "bell: {ring: 2m}\nnothing: 1", () => alone)).toEqual([
    { path: [], key: "nothing", sentence: expect.stringContaining("unknown key") },
    { path: ["bell", "ring"], sentence: expect.stringContaining("must be a duration") },
  ]);
});
