import { expect, test } from "vitest";
import { changedKeys } from "./changed-keys.ts";
import type { About } from "./field.ts";
import { readConfiguration } from "./read-configuration.ts";
import { count } from "./scalars.ts";
import { namedSections, ownSections } from "./section.ts";
import { shown } from "./shown.ts";

const ABOUT: About = { description: "What it is.", reload: "live" };
const NAMES = { pattern: /^(\*|[a-z]+)$/, expects: "names" } as const;

const ROOM = {
  heat: count("heat", { ...ABOUT, default: 20, range: [0, 30] }),
  shelves: ownSections("shelves", {
    ...ABOUT,
    ...NAMES,
    section: { books: count("books", { ...ABOUT, default: 5, range: [0, 100] }) },
    misnamed: "a shelf",
    example: "upper: { books: 3 }",
  }),
};

const HOUSE = {
  rooms: namedSections("rooms", {
    ...NAMES,
    section: ROOM,
    rest: "*",
    misnamed: "a room",
    description: "Rooms.",
  }),
};

function read(rooms: object, environment: Record<string, string> = {}) {
  return readConfiguration(HOUSE, { name: "f", content: JSON.stringify({ rooms }) }, environment, () => []);
}

test("sections by name within others are none by default, and have defaults of their own", () => {
  const { options } = read({ hall: {}, study: { shelves: { upper: {}, lower: { books: 7 } } } });
  expect(options?.rooms.get("hall")?.shelves).toEqual(new Map());
  const { shelves } = options!.rooms.get("study")!;
  expect([...shelves]).toEqual([
    ["upper", { books: 5 }],
    ["lower", { books: 7 }],
  ]);
  expect(shown(HOUSE, options!)).toMatchObject({
    rooms: { study: { shelves: { upper: { books: 5 }, lower: { books: 7 } } } },
  });
  expect(read({ hall: { shelves: null } }).options?.rooms.get("hall")?.shelves).toEqual(new Map());
});

test.each([
  [{ Upper: {} }, 'f:1:30 /rooms/hall/shelves: "Upper" cannot be a shelf'],
  [
    { upper: { books: -1 } },
    "f:1:47 /rooms/hall/shelves/upper/books: must be a whole number from 0 to 100, not -1",
  ],
  [["upper"], "f:1:29 /rooms/hall/shelves: must be names, not a list"],
  ["upper", 'f:1:29 /rooms/hall/shelves: must be names, not "upper"'],
])("what is wrong in %j is said with its place", (shelves, problem) => {
  expect(read({ hall: { shelves } }).problems).toEqual([problem]);
});

test("a variable reaches none of them, and no key is lost by that", () => {
  expect(read({ hall: {} }, { HEADGATE_ROOMS_HALL_SHELVES_UPPER_BOOKS: "3" }).problems).toEqual([
    expect.stringMatching(/there is no such key/),
  ]);
  expect(read({ hall: {} }, { HEADGATE_ROOMS_HALL_HEAT: "3" }).options?.rooms.get("hall")?.heat).toBe(3);
});

test("one that comes or goes is a change, and so is a key of one", () => {
  const before = read({ hall: { shelves: { upper: {}, lower: {} } } });
  const next = read({ hall: { shelves: { upper: { books: 6 }, other: {} } } });
  expect(changedKeys(HOUSE, before as never, next as never)).toEqual([
    { key: "rooms.hall.shelves.upper.books", reload: "live" },
    { key: "rooms.hall.shelves.lower", reload: "live" },
    { key: "rooms.hall.shelves.other", reload: "live" },
  ]);
});
