import { expect, test } from "vitest";
import { loadConfig } from "./load-config.ts";

const URL = "https://auth.example.com/hooks";

function mistakesIn(content: object): readonly string[] {
  const file = { name: "headgate.yaml", content: JSON.stringify(content) };
  return (loadConfig(file, {}).problems ?? []).map((problem) =>
    problem.replace(/^headgate\.yaml:\d+:\d+ /, ""),
  );
}

test.each<[object, readonly string[]]>([
  [{ access: { hooks: [{ url: URL, dialect: "nginx-rtmp", events: ["publish", "done"] }] } }, []],
  [
    { access: { hooks: [{ url: URL }, { url: URL, dialect: "mediamtx", events: ["stop"] }] } },
    ["/access/hooks/1/events: cannot have stop with mediamtx; known: publish, play"],
  ],
  [
    { applications: { live: { hooks: [{ url: URL, dialect: "srs", events: ["close"] }] } } },
    [
      "/applications/live/hooks/0/events: cannot have close here with srs; known: publish, play, unpublish, stop, recordingComplete",
    ],
  ],
  [
    { timeouts: { policy: "2s" }, access: { hooks: [{ url: URL }] } },
    ["/access/hooks/0/timeout: must be less than /timeouts/policy"],
  ],
  [
    // What is inherited is told once.
    { applications: { "*": { hooks: [{ url: URL, timeout: "20s" }] }, live: {} } },
    ["/applications/*/hooks/0/timeout: must be less than /timeouts/policy"],
  ],
])("hooks that contradict something: %j", (content, problems) => {
  expect(mistakesIn(content)).toEqual(problems);
});

test("what is in force can be shown without its secrets", () => {
  const hooks = [{ url: "https://me:s3cret@auth.example.com/s3cret?token=s3cret", secret: "s3cret" }];
  const { config } = loadConfig(
    { name: "headgate.yaml", content: JSON.stringify({ access: { hooks } }) },
    {},
  );
  expect(JSON.stringify(config?.access)).toContain("https://auth.example.com");
  expect(JSON.stringify(config?.access)).not.toContain("s3cret");
});
