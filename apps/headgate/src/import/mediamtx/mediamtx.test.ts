import { expect, test } from "vitest";
import { importText, problemWith } from "../import.test.helper.ts";

const LISTENER = { host: "::", port: 1935, protocols: ["rtmp"] };

function configOf(text: string): unknown {
  return importText("mediamtx", text).config;
}

/** What the report says of a key, without the place. */
function verdictsOn(name: string, text: string): readonly string[] {
  const marked = importText("mediamtx", text).lines.filter((line) => line.split(": ")[1] === name);
  return marked.map((line) => line.split(": ").slice(2).join(": "));
}

test("the file that MediaMTX ships, in short", () => {
  const text = `logLevel: info
logDestinations: [stdout]
writeTimeout: 10s
authInternalUsers:
  - user: any
    pass:
    permissions:
      - action: publish
      - action: read
api: no
apiAddress: :9997
rtsp: yes
rtspAddress: :8554
hls: false
hlsAddress: :8888
rtmp: yes
rtmpAddress: :1935
rtmpEncryption: "no"
pathDefaults:
  source: publisher
  record: no
  recordPath: ./x
  overridePublisher: yes
  runOnReady:
paths:
  all_others:
`;
  const { config, lines } = importText("mediamtx", text);
  expect(config).toEqual({
    log: { level: "info" },
    timeouts: { stall: "10s" },
    listeners: [LISTENER],
    applications: { "*": { play: { allow: ["all"] }, publisherPolicy: "takeover" } },
  });
  const left = lines.filter((line) => line.includes(": not taken over: "));
  expect(left.map((line) => line.split(": ")[1])).toEqual(["rtsp", "rtspAddress"]);
});

test("an empty file is MediaMTX with its defaults, which has no paths", () => {
  expect(problemWith("mediamtx", "paths: {}")).toBe(
    "c: there is no application in it that Headgate can serve",
  );
});

test.each([
  ["rtmpAddress: :1936", [{ host: "::", port: 1936, protocols: ["rtmp"] }]],
  ["rtmpAddress: 127.0.0.1:1936", [{ host: "127.0.0.1", port: 1936, protocols: ["rtmp"] }]],
  ["rtmpEncryption: optional", [LISTENER, { host: "::", port: 1936, protocols: ["rtmps"] }]],
  ["rtmpEncryption: strict\nrtmpsAddress: :443", [{ host: "::", port: 443, protocols: ["rtmps"] }]],
  ["rtmpTrustedProxies: [10.0.0.0/8]", [{ ...LISTENER, trustedProxies: ["10.0.0.0/8"] }]],
])("%j is a listener", (text, listeners) => {
  expect(configOf(`${text}\npaths: {all_others: }`)).toMatchObject({ listeners });
});

const TAKEOVER = { publisherPolicy: "takeover" };

test.each([
  ["all: {overridePublisher: no}", { "*": { publisherPolicy: "reject" } }],
  ["cam: {}", { cam: TAKEOVER }],
  ["live/cam: {}", { live: TAKEOVER }],
  ["cam: {source: 'rtmp://h/app/cam'}", { cam: { pull: ["rtmp://h/app/cam"], ...TAKEOVER } }],
  [
    "live/cam: {source: 'rtmp://u:p@h:1936/app/cam?k=1', sourceOnDemand: yes, sourceOnDemandCloseAfter: 30s}",
    {
      live: {
        ...TAKEOVER,
        pullIdle: "30s",
        routes: [{ streams: "cam", pull: ["rtmp://u:p@h:1936/app/cam?k=1"], push: [] }],
      },
    },
  ],
  [
    "'~^live/(.+)$': {source: 'rtmp://h/live/$G1'}",
    { live: { pull: ["rtmp://h/live/{stream}"], ...TAKEOVER } },
  ],
  ["'~^live/': {source: 'rtmp://h/$MTX_PATH'}", { live: { pull: ["rtmp://h/live/{stream}"], ...TAKEOVER } }],
  ["'~^(.+)$': {source: 'rtmp://h/$G1'}", { "*": { pull: ["rtmp://h/{app}/{stream}"], ...TAKEOVER } }],
  [
    "'~^(a|b)$': {source: 'rtmp://h/x/$G1'}",
    {
      a: { pull: ["rtmp://h/x/a"], ...TAKEOVER },
      b: { pull: ["rtmp://h/x/b"], ...TAKEOVER },
    },
  ],
  [
    "all_others: {forward: [{dest: 'rtmp://h/app#key'}, {dest: 'rtmps://h/$MTX_PATH'}]}",
    { "*": { push: ["rtmp://h/app/key", "rtmps://h/{app}/{stream}"], ...TAKEOVER } },
  ],
])("%j", (paths, applications) => {
  expect(configOf(`paths:\n  ${paths}`)).toEqual({ listeners: [LISTENER], applications });
});

test("limits of readers are rules for the streams of their paths", () => {
  const text = "pathDefaults: {maxReaders: 5}\npaths: {live/cam: {}, live/big: {maxReaders: 100}, cam: {}}";
  const rule = (streams: string, maxViewers: number) => ({ streams, each: "stream", play: { maxViewers } });
  expect(configOf(text)).toMatchObject({
    access: { limits: [rule("live/cam", 5), rule("live/big", 100), rule("cam/*", 5)] },
  });
});

test("an application that is a pattern's beginning is the same in both servers", () => {
  const { lines } = importText("mediamtx", "paths: {'~^live/(.+)$': {}}");
  expect(lines.filter((line) => line.includes(": not taken over: "))).toEqual([]);
});

test("a path takes nothing from all others, and everything from the defaults", () => {
  const text = `pathDefaults: {forward: [{dest: 'rtmp://backup/x'}]}
paths:
  all_others: {source: 'rtmp://h/$MTX_PATH'}
  cam: {forward: []}`;
  expect(configOf(text)).toMatchObject({
    applications: {
      "*": { pull: ["rtmp://h/{app}/{stream}"], push: ["rtmp://backup/x"] },
      cam: { pull: [], push: [] },
    },
  });
});

test.each([
  ["logDestinations: [file]", "logDestinations", "not taken over: Headgate logs to its standard output"],
  [
    "logLevel: loud",
    "logLevel",
    'not taken over: /log/level must be one of fatal, error, warn, info, debug, trace, not "loud"',
  ],
  ["webrtc: no\nwebrtcAddress: :8889", "webrtcAddress", "not needed: it is off"],
  ["srt: yes", "srt", "not taken over: Headgate has no SRT"],
  ["noSuch: 1", "noSuch", "not taken over: this import does not know it"],
  [
    "pathDefaults: {maxReaders: 5}",
    "pathDefaults.maxReaders",
    "not taken over: write a rule in access.limits for the streams that are meant",
  ],
])("%j is told", (text, name, verdict) => {
  expect(verdictsOn(name, `${text}\npaths: {all_others: }`)).toContain(verdict);
});

test.each([
  [
    "cam: {source: 'rtsp://h/x'}",
    "paths.cam.source",
    "not taken over: Headgate pulls from URLs of RTMP only",
  ],
  ["cam: {}", "paths.cam", "not taken over: its URL has one level more: rtmp://HOST/PATH/NAME"],
  [
    "a/cam: {}",
    "paths.a/cam",
    "not taken over: the application is open for all streams, and what is set for one holds for all",
  ],
  [
    "cam: {source: 'rtmp://h/$G2'}",
    "paths.cam.source",
    "not taken over: Headgate pulls from URLs of RTMP only",
  ],
  [
    "cam: {source: 'rtmp://h/x'}",
    "paths.cam.source",
    "not taken over: the stream is fetched when the first viewer comes, and while there are any",
  ],
  [
    "cam: {forward: [{dest: 'srt://h'}]}",
    "paths.cam.forward.0",
    "not taken over: Headgate pushes to URLs of RTMP only",
  ],
  [
    "'~^x[0-9]+$': {}",
    "paths.~^x[0-9]+$",
    "not taken over: Headgate has no regular expressions: name the application, or a pattern in its routes",
  ],
  [
    "cam: {record: yes}",
    "paths.cam.record",
    "not taken over: set `record` of the application by hand (docs/recording.md)",
  ],
  ["cam: {runOnReady: secret}", "paths.cam.runOnReady", "not taken over: Headgate runs no programs"],
])("%j is told", (paths, name, verdict) => {
  expect(verdictsOn(name, `paths:\n  all_others:\n  ${paths}`)).toContain(verdict);
});

test.each([
  ["rtmp: no", "c:1:1: RTMP is off, and Headgate has nothing else"],
  ["rtmpAddress: 'x y'", "c:1:1: rtmpAddress is no address"],
  ["- a", "c: there are no keys in it"],
  ["", "c: there are no keys in it"],
  [
    "a: [",
    "c:1:5: Flow sequence in block collection must be sufficiently indented and end with a ]: nothing of it is imported",
  ],
])("%j cannot be imported", (text, problem) => {
  expect(problemWith("mediamtx", text)).toBe(problem);
});
