import { expect, test } from "vitest";
import { parse } from "yaml";
import { Draft } from "./draft.ts";
import type { Part } from "./part.ts";
import { Report } from "./report.ts";

function part(name: string): Part {
  return { name, place: `f:${name}`, parts: [] };
}

function draft(): { draft: Draft; report: Report } {
  const report = new Report();
  return { draft: new Draft(report), report };
}

const accept = () => [];

test("values come where their paths lead, in their order", () => {
  const { draft: made, report } = draft();
  made.set(part("a"), ["limits", "maxStreams"], 5);
  made.append([part("b"), part("c")], ["listeners"], { port: 1 });
  made.append([part("d")], ["listeners"], { port: 2 });
  made.set(part("e"), ["applications", "10"], {});
  made.set(part("f"), ["applications", "__proto__"], {});
  made.set(part("g"), ["applications", "2", "pull"], []);
  expect(made.finish(accept)).toBe(
    'limits:\n  maxStreams: 5\nlisteners:\n  - port: 1\n  - port: 2\napplications:\n  "10": {}\n  __proto__: {}\n  "2":\n    pull: []\n',
  );
  expect(report.lines.slice(0, 3)).toEqual([
    "f:a: a: taken over: is /limits/maxStreams",
    "f:b: b: taken over: is /listeners/0",
    "f:c: c: taken over: is /listeners/0",
  ]);
});

test("the first value for a key stays", () => {
  const { draft: made, report } = draft();
  for (const [name, value] of [
    ["a", 5],
    ["b", 6],
    ["c", 5],
  ] as const)
    made.set(part(name), ["chunkSize"], value);
  expect(parse(made.finish(accept))).toEqual({ chunkSize: 5 });
  expect(report.lines).toEqual([
    "f:a: a: taken over: is /chunkSize",
    "f:c: c: taken over: is /chunkSize",
    "f:b: b: not taken over: there is one /chunkSize for all, and f:a comes first",
  ]);
});

test("what a mistake is about is taken out again, and lists close", () => {
  const { draft: made, report } = draft();
  for (const [name, port] of [
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ] as const)
    made.append([part(name)], ["listeners"], { port });
  made.set(part("d"), ["applications", "x"], {});
  made.set(part("e"), ["applications", "x", "pull"], "u");
  made.set(part("f"), ["applications", "y"], {});
  const yaml = made.finish((written) => {
    const { listeners, applications } = parse(written);
    return [
      ...(listeners[1].port === 2 ? [{ path: ["listeners", "1", "port"], sentence: "must be odd" }] : []),
      ...(applications.x ? [{ path: ["applications"], key: "x", sentence: '"x" cannot be a name' }] : []),
    ];
  });
  expect(parse(yaml)).toEqual({ listeners: [{ port: 1 }, { port: 3 }], applications: { y: {} } });
  expect(report.lines.filter((line) => line.includes(": not taken over: "))).toEqual([
    "f:b: b: not taken over: /listeners/1/port must be odd",
    'f:d: d: not taken over: /applications "x" cannot be a name',
    'f:e: e: not taken over: /applications "x" cannot be a name',
  ]);
});

test("applications that do not inherit have the defaults of what the others have, key by key", () => {
  const { draft: made } = draft();
  made.set(part("a"), ["applications", "*", "pull"], "u");
  made.append([part("b")], ["applications", "*", "play", "deny"], "1.1.1.1");
  made.set(part("c"), ["applications", "x"], {});
  made.append([part("d")], ["applications", "y", "pull"], "v");
  made.set(part("e"), ["applications", "y", "play", "allow"], "all");
  made.isolateApplications((keys) => `default of ${keys.join(".")}`);
  expect(parse(made.finish(accept))).toEqual({
    applications: {
      "*": { pull: "u", play: { deny: ["1.1.1.1"] } },
      x: { pull: "default of pull", play: { deny: "default of play.deny" } },
      y: { pull: ["v"], play: { allow: "all", deny: "default of play.deny" } },
    },
  });
});
