import { expect, test } from "vitest";
import { loadConfig } from "./load-config.ts";
import { shownConfig } from "./shown-config.ts";

const HASH = "0f".repeat(32);

test("the configuration in force is shown as it is written, without secrets, and is one itself", () => {
  const content = JSON.stringify({
    listeners: [{ port: 1936, protocols: ["rtmp"] }],
    admin: { tokens: [{ name: "ops", hash: `sha256:${HASH}`, scopes: ["read"] }] },
    applications: {
      live: { push: "rtmp://user:hunter2@other/live/{stream}?token=hunter2", resumeWindow: "20s" },
      passed: { proxy: "rtmp://user:hunter2@origin/live" },
    },
    timeouts: { stall: "2m" },
  });
  const { config } = loadConfig({ name: "headgate.yaml", content }, {});
  const shown = shownConfig(config!);
  const text = JSON.stringify(shown);
  expect(text).not.toContain("hunter2");
  expect(text).not.toContain(HASH);
  expect(shown).toMatchObject({
    listeners: [{ port: 1936, protocols: ["rtmp"] }],
    admin: { host: "127.0.0.1", tokens: [{ name: "ops", hash: "***", scopes: ["read"] }] },
    applications: { live: { push: ["rtmp://other/live"], resumeWindow: "20s" } },
    timeouts: { stall: "2m" },
  });
});

test("of secrets it is shown that they are set, and whose they are", () => {
  const secret = "hunter2 hunter2 hunter2";
  const content = JSON.stringify({
    access: {
      users: { alice: secret, bob: secret },
      jwt: { secret },
    },
    applications: {
      live: {
        publish: { key: secret, keys: { studio: secret } },
        play: { signedUrl: { preset: "nms", secret: [secret, "another"] } },
      },
    },
  });
  const { config } = loadConfig({ name: "headgate.yaml", content }, {});
  const shown = shownConfig(config!);
  expect(JSON.stringify(shown)).not.toMatch(/hunter2|another/);
  expect(shown).toMatchObject({
    access: { users: { alice: "***", bob: "***" }, jwt: { secret: "***" } },
    applications: {
      live: {
        publish: { key: "***", keys: { studio: "***" }, signedUrl: { secret: "" } },
        play: { key: null, keys: {}, signedUrl: { secret: "***" } },
      },
    },
  });
});

test("the defaults are shown as a file that means them", () => {
  const { config } = loadConfig(undefined, {});
  const content = JSON.stringify(shownConfig(config!), (_, value) => value ?? undefined);
  const again = loadConfig({ name: "shown", content }, {});
  expect(again.problems).toBeUndefined();
  expect({ ...again.config, listeners: [] }).toEqual({ ...config, listeners: [] });
});
