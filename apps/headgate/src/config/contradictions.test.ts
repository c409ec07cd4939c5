import { expect, test } from "vitest";
import { loadConfig } from "./load-config.ts";

/** Without their position. */
function mistakesIn(content: object): readonly string[] {
  const file = { name: "headgate.yaml", content: JSON.stringify(content) };
  return (loadConfig(file, {}).problems ?? []).map((problem) =>
    problem.replace(/^headgate\.yaml:\d+:\d+ /, ""),
  );
}

test.each([
  [
    [{ port: 1936, host: "127.0.0.1" }, { port: 1936 }],
    1985,
    ["/listeners/1/port: must be another port than 1936, which listener 0 has on the same address"],
  ],
  [
    [
      { port: 1936, host: "0.0.0.0" },
      { port: 1936, host: "10.0.0.1" },
    ],
    1985,
    ["/listeners/1/port: must be another port than 1936, which listener 0 has on the same address"],
  ],
  [
    [
      { port: 1936, host: "localhost" },
      { port: 1936, host: "127.0.0.1" },
    ],
    1985,
    ["/listeners/1/port: must be another port than 1936, which listener 0 has on the same address"],
  ],
  [
    [
      { port: 1936, host: "0.0.0.0" },
      { port: 1936, host: "::1" },
    ],
    1985,
    [],
  ],
  [
    [
      { port: 1936, host: "10.0.0.2" },
      { port: 1936, host: "10.0.0.1" },
    ],
    1985,
    [],
  ],
  [
    [{ port: 1936 }],
    1936,
    ["/admin/port: must be another port than 1936, which listener 0 has on the same address"],
  ],
  [
    undefined,
    1935,
    ["/admin/port: must be another port than 1935, which listener 0 has on the same address"],
  ],
  [undefined, 80, []],
])("listeners %j beside an admin server on port %i", (listeners, port, mistakes) => {
  expect(mistakesIn({ ...(listeners && { listeners }), admin: { port } })).toEqual(mistakes);
});

test("a proxied application that has streams of its own is a mistake, one that inherits them is not", () => {
  const applications = {
    "*": { pull: "rtmp://origin/live" },
    proxied: { proxy: "rtmp://origin/{app}" },
    both: { proxy: "rtmp://origin/live", pull: "rtmp://origin/live", routes: [{ streams: "*" }] },
  };
  expect(mistakesIn({ applications })).toEqual([
    "/applications/both/pull: cannot be had together with proxy: all sessions are passed on",
    "/applications/both/routes: cannot be had together with proxy: all sessions are passed on",
  ]);
});

test("a placeholder that stands for nothing is a mistake", () => {
  const applications = {
    "*": { pull: "rtmp://h/{app}/{stream}", push: ["rtmp://h/{app}/{key}", "rtmp://h/{ap}/{name}?k={key}"] },
    live: { routes: [{ streams: "a*", pull: "rtmp://h/{application}/x" }] },
    passed: { proxy: "rtmp://h/{stream}" },
  };
  expect(mistakesIn({ applications })).toEqual([
    "/applications/*/push: {ap} stands for nothing; known here: {app}, {stream}, {key}",
    "/applications/*/push: {name} stands for nothing; known here: {app}, {stream}, {key}",
    "/applications/live/routes/0/pull: {application} stands for nothing; known here: {app}, {stream}, {key}",
    "/applications/passed/proxy: {stream} stands for nothing; known here: {app}",
  ]);
});
