import { expect, test } from "vitest";
import { type Config, loadConfig } from "./config/load-config.ts";
import { type StartScreenOptions, startScreen } from "./start-screen.ts";
import { VERSION } from "./version.ts";

function screen(content: string, options: Partial<StartScreenOptions> = {}): string {
  const { config } = loadConfig({ name: "headgate.yaml", content }, {});
  const listeners =
    config?.listeners.map(({ host, port, protocols }) => ({ host, port, protocols, hasTls: true })) ?? [];
  return startScreen({
    config: config as Config,
    listeners,
    configName: undefined,
    host: "192.168.1.20",
    hasDemo: false,
    hasColours: false,
    ...options,
  });
}

test("the start screen says all that a first stream needs", () => {
  expect(screen("")).toBe(`
  Headgate ${VERSION} listens on port 1935, port 80, port 443

  Publish: ffmpeg    ffmpeg -re -i input.mp4 -c copy -f flv rtmp://192.168.1.20/live/stream
  Publish: OBS       Settings > Stream, Service: Custom...
                     Server      rtmp://192.168.1.20/live
                     Stream Key  stream
  Who may publish    this machine and private networks
                     (everybody: --open, or publish.allow: all)
  Watch              ffplay rtmp://192.168.1.20/live/stream
                     VLC: Media > Open Network Stream: rtmp://192.168.1.20/live/stream
  Encrypted          rtmps://192.168.1.20/live/stream

  Console        http://127.0.0.1:1985/
  Health         http://127.0.0.1:1985/healthz
  Configuration  defaults (put a headgate.yaml here, or --config FILE)
  Memory         1024 MiB for media, 512 MiB for unfinished messages
  Ctrl-C ends it.

`);
});

test("a port that is listened on instead of another is told with the reason", () => {
  const protocols = ["rtmp", "rtmps"] as const;
  const common = { host: "::", protocols, hasTls: true };
  const text = screen("", {
    listeners: [
      { ...common, port: 1935 },
      { ...common, port: 8080, insteadOf: { port: 80, reason: "taken" } },
      { ...common, port: 8443, insteadOf: { port: 443, reason: "not permitted" } },
    ],
  });
  expect(text).toContain("listens on port 1935, port 8080 (80 is taken), port 8443 (443 is not permitted)\n");
  expect(text).toContain("  Encrypted          rtmps://192.168.1.20:8443/live/stream\n");
});

test("a listener for RTMPS alone is shown as such, and one without it not as encrypted", () => {
  const [encrypted, plain] = [["rtmps"], ["rtmp"]].map((protocols) => ({
    host: "::",
    port: 443,
    protocols: protocols as ("rtmp" | "rtmps")[],
    hasTls: protocols[0] === "rtmps",
  }));
  expect(screen("", { listeners: [encrypted!] })).toContain("Server      rtmps://192.168.1.20/live\n");
  expect(screen("", { listeners: [plain!] })).not.toContain("rtmps://");
});

test("the demo's address comes first when there is one", () => {
  expect(screen("", { hasDemo: true })).toContain(
    "\n\n  See the demo       ffplay rtmp://192.168.1.20/live/demo\n\n",
  );
});

test("a port is shown only where it is not RTMP's own", () => {
  const text = screen("listeners: [{port: 1936}, {port: 80, host: 10.0.0.1}, {port: 81, host: 'fd00::1'}]");
  expect(text).toContain("listens on port 1936, 10.0.0.1:80, [fd00::1]:81\n");
  expect(text).toContain("Server      rtmp://192.168.1.20:1936/live\n");
});

test("the examples use an application that the configuration has", () => {
  expect(screen("applications: { studio: {} }")).toContain("rtmp://192.168.1.20/studio/stream");
  expect(screen("applications: { studio: {}, live: {} }")).toContain("rtmp://192.168.1.20/live/stream");
});

test("the file that was read is named", () => {
  expect(screen("", { configName: "conf/my.yaml" })).toContain("Configuration  conf/my.yaml\n");
});

test("colours change nothing but the looks", () => {
  const coloured = screen("", { hasColours: true });
  expect(coloured).not.toBe(screen(""));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is removed.
  expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(screen(""));
});

test("who may publish is said as it is in force", () => {
  const whoMayPublish = (content: string) => /Who may publish +(.*)/.exec(screen(content))?.[1];
  const users = "access: { users: { alice: s3cret } }";
  expect(whoMayPublish(users)).toBe("everybody with a user and a password");
  expect(whoMayPublish(`${users}\napplications: { live: { proxy: rtmp://b } }`)).toBe(
    "the server behind decides",
  );
});

test("names from the configuration cannot change what the terminal shows", () => {
  const text = screen('applications: { "a\\e[2Jb": {} }', { configName: "x\u009b2J.yaml" });
  expect(text).toContain("rtmp://192.168.1.20/a\\u001b[2Jb/stream");
  expect(text).toContain("Configuration  x\\u009b2J.yaml\n");
});
