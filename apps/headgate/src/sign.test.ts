import { expect, test } from "vitest";
import { type Config, loadConfig } from "./config/load-config.ts";
import { openToAll } from "./open-to-all.ts";
import { signedUrl } from "./sign.ts";

const NOW_MS = 1_740_558_618_000;
const HOUR_MS = 3_600_000;

function configOf(applications: object): Config {
  const { config } = loadConfig({ name: "headgate.yaml", content: JSON.stringify({ applications }) }, {});
  if (!config) throw new Error("it has mistakes");
  return config;
}

const SIGNED = configOf({
  live: { play: { signedUrl: { preset: "nms", secret: "secret" } } },
  both: {
    publish: { signedUrl: { preset: "nms", secret: "p" } },
    play: { signedUrl: { preset: "nms", secret: "w" } },
  },
  "*": {},
});

const sign = (url: string, options: { readonly for?: "publish" | "play" } = {}) =>
  signedUrl(SIGNED, url, { valid: HOUR_MS, ...options }, NOW_MS);

test("a URL is signed as its application asks for", () => {
  const signature = "sign=1740562218-b239e2ee24ef478d9213cb4a08199bef";
  expect(sign("rtmp://host/live/test")).toEqual({ url: `rtmp://host/live/test?${signature}` });
  expect(sign("rtmps://host:1/live/test?x=1")).toEqual({ url: `rtmps://host:1/live/test?x=1&${signature}` });
});

test("publishing and playing are signed apart", () => {
  const [either, publish, play] = [{}, { for: "publish" }, { for: "play" }].map((options) =>
    sign("rtmp://host/both/cam", options as { readonly for?: "publish" }),
  );
  expect(either).toEqual(publish);
  expect(play).not.toEqual(publish);
});

test("a URL that is for one client needs its address", () => {
  const expression = "$secure_link_expires$uri$remote_addr $secret";
  const signedFor = (address?: string) =>
    signedUrl(
      configOf({ live: { play: { signedUrl: { preset: "nginx", secret: "secret", expression } } } }),
      "rtmp://host/live/test",
      { valid: HOUR_MS, ...(address !== undefined && { address }) },
      NOW_MS,
    );
  for (const none of [undefined, ""])
    expect(signedFor(none)).toEqual({ problem: expect.stringContaining("say which one with --address") });
  expect(signedFor("a client")).toEqual({ problem: "--address must be an IP address" });
  expect(signedFor("192.0.2.1")).toEqual({ url: expect.stringContaining("/live/test?md5=") });
  expect(signedFor("2001:db8::1")).not.toEqual(signedFor("192.0.2.1"));
});

test.each([
  ["http://host/live/test", "must be rtmp://"],
  ["rtmp://host/live", "must be rtmp://"],
  ["rtmp://host/other/test", "has no publish or play.signedUrl"],
])("%s cannot be signed", (url, problem) => {
  expect(sign(url)).toMatchObject({ problem: expect.stringContaining(problem) });
});

test("--open lets everybody publish where the configuration does not say who may", () => {
  const opened = openToAll(configOf({ live: {}, studio: { publish: { allow: "10.0.0.0/8" } } }));
  const allowed = [...opened.gateway.applications].map(([name, { publish }]) => [name, publish.allow]);
  expect(JSON.parse(JSON.stringify(allowed))).toEqual([
    ["live", ["all"]],
    ["studio", ["10.0.0.0/8"]],
  ]);
});
