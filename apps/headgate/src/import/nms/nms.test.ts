import { expect, test } from "vitest";
import { importText, problemWith } from "../import.test.helper.ts";

function importJson(settings: object): ReturnType<typeof importText> {
  return importText("nms", JSON.stringify(settings, undefined, "\t"));
}

/** What the report says of a key, without the place. */
function verdictsOn(name: string, settings: object): readonly string[] {
  const marked = importJson({ rtmp: { port: 1935 }, ...settings }).lines.filter(
    (line) => line.split(": ")[1] === name,
  );
  return marked.map((line) => line.split(": ").slice(2).join(": "));
}

test("version 4 as it ships", () => {
  const { config, lines } = importJson({
    bind: "0.0.0.0",
    notify: { url: "" },
    auth: {
      play: false,
      publish: false,
      secret: "s3cret",
      jwt: { secret: "", users: [{ username: "admin" }] },
    },
    rtmp: { port: 1935 },
    rtmps: { port: 1936, key: "./key.pem", cert: "./cert.pem" },
    http: { port: 8000 },
  });
  expect(config).toEqual({
    applications: { "*": {} },
    listeners: [
      { host: "0.0.0.0", port: 1935, protocols: ["rtmp"] },
      { host: "0.0.0.0", port: 1936, protocols: ["rtmps"] },
    ],
  });
  expect(lines.join()).not.toContain("s3cret");
  expect(lines).toContain("c:9:3: auth.secret: not needed: it is not in use");
  expect(lines.filter((line) => /rtmps\.(key|cert): not taken over/.test(line))).toHaveLength(2);
});

test("version 2 with relays", () => {
  const { config } = importJson({
    logType: 3,
    rtmp: { port: 1935, chunk_size: 60_000, gop_cache: false, ping: 30, ping_timeout: 60 },
    relay: {
      ffmpeg: "/usr/bin/ffmpeg",
      tasks: [
        { app: "live", mode: "push", edge: "rtmp://192.168.0.10" },
        { app: "live", mode: "pull", edge: "rtmp://192.168.0.11/other" },
        { app: "iptv", mode: "static", edge: "rtmp://h/live/hks", name: "hks" },
      ],
    },
  });
  expect(config).toEqual({
    applications: {
      "*": { gopCache: "0s" },
      live: { push: ["rtmp://192.168.0.10/live"], pull: ["rtmp://192.168.0.11/other"] },
      iptv: { routes: [{ streams: "hks", pull: "rtmp://h/live/hks" }] },
    },
    log: { level: "debug" },
    chunkSize: 60_000,
    timeouts: { pingInterval: "30s", pingTimeout: "60s" },
    listeners: [{ host: "::", port: 1935, protocols: ["rtmp"] }],
  });
});

test.each([
  [{ notify: { url: "http://h" } }, "notify.url", "not taken over: it is within notify"],
  [{ record: { path: "x" } }, "record.path", "not taken over: it is within record"],
  [{ trans: { tasks: [] } }, "trans", "not taken over: Headgate runs no programs"],
  [
    { relay: { tasks: [{ app: "a", mode: "pull", edge: "rtsp://h" }] } },
    "relay.tasks.0",
    "not taken over: Headgate relays applications from and to URLs of RTMP only",
  ],
  [
    { relay: { tasks: [{ app: "a", mode: "push", edge: "rtmp://h", x: 1 }] } },
    "relay.tasks.0.x",
    "not taken over: it is for ffmpeg, which Headgate does not run",
  ],
  [{ other: 1 }, "other", "not taken over: this import does not know it"],
])("%j is told", (settings, name, verdict) => {
  expect(verdictsOn(name, settings)).toContain(verdict);
});

test("without a port there is nothing to import", () => {
  expect(problemWith("nms", "{}")).toBe("c: neither rtmp nor rtmps has a port");
});
