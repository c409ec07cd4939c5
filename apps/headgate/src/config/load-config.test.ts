import { ACCESS, PLAY, PUBLISH } from "@headgate/access";
import { ACME } from "@headgate/acme";
import { API } from "@headgate/api";
import { DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import { defaultsOf } from "@headgate/config";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "@headgate/gateway";
import { APPLICATION_HTTP_FLV } from "@headgate/http-flv";
import { CONNECTION_LIMITS, PLAY_LIMITS, PUBLISH_LIMITS } from "@headgate/limits";
import { PLAYLISTS } from "@headgate/playlists";
import { APPLICATION_RECORDING, RECORDING } from "@headgate/recording";
import { RELAY } from "@headgate/relay";
import { RtmpUrl } from "@headgate/session";
import { describe, expect, test } from "vitest";
import type { ListenerOptions } from "./config.ts";
import { type Config, loadConfig } from "./load-config.ts";

function configOf(content: string, environment: Record<string, string> = {}): Config {
  const { config, problems } = loadConfig({ name: "headgate.yaml", content }, environment);
  if (config === undefined) throw new Error(`not valid:\n${problems.join("\n")}`);
  return config;
}

function problemsOf(content: string, environment: Record<string, string> = {}): readonly string[] {
  return loadConfig({ name: "headgate.yaml", content }, environment).problems ?? [];
}

const APPLICATION = {
  ...DEFAULT_APPLICATION_OPTIONS,
  publish: { ...defaultsOf(PUBLISH), ...defaultsOf(PUBLISH_LIMITS) },
  play: { ...defaultsOf(PLAY), ...defaultsOf(PLAY_LIMITS) },
  ...defaultsOf(CONNECTION_LIMITS),
  ...defaultsOf(RELAY),
  ...defaultsOf(APPLICATION_RECORDING),
  ...defaultsOf(PLAYLISTS),
  ...defaultsOf(APPLICATION_HTTP_FLV),
  hooks: [],
};

const LIMITS = { ...DEFAULT_LIMITS, maxPullsPerOrigin: 1_000 };

const LISTENER: ListenerOptions = {
  port: 1935,
  host: "::",
  protocols: ["rtmp", "rtmps", "http", "https"],
  tls: { certificates: [], minVersion: "TLSv1.2", maxVersion: "TLSv1.3", acme: defaultsOf(ACME) },
  trustedProxies: [],
  trustedHeader: "X-Forwarded-For",
};

const DRAIN = { timeoutMs: 5_000, waitMs: 2_000 };

const MERGE = {
  soundWaitMs: 40,
  maxWindowMs: 100,
  maxWindowUnderLoadMs: 350,
  targetUtilizationPercent: 15,
};

const DEFAULTS: Config = {
  listeners: [
    LISTENER,
    { ...LISTENER, port: 80, fallbackPort: 8080 },
    { ...LISTENER, port: 443, fallbackPort: 8443 },
  ],
  workers: 1,
  directSend: true,
  memoryBytes: Number.POSITIVE_INFINITY,
  admin: { ...defaultsOf(API), host: "127.0.0.1", port: 1985, hosts: [] },
  http: { webServer: undefined },
  tunnel: { node: "", maxReplyBytes: 131_072 },
  outward: { caFile: "", insecure: false },
  access: { ...defaultsOf(ACCESS), bansFile: "", limits: [], hooks: [] },
  recording: defaultsOf(RECORDING),
  log: { level: "info", format: "auto", trace: { address: undefined, stream: undefined } },
  gateway: {
    limits: LIMITS,
    timeouts: DEFAULT_TIMEOUTS,
    applications: new Map([["*", APPLICATION]]),
    chunkSize: 60_000,
    ackWindow: 2_500_000,
    rtmpe: true,
    merge: MERGE,
    drain: DRAIN,
    trace: { address: undefined, stream: undefined },
  },
};

describe("a configuration that is right", () => {
  test("says with one word that latency comes first", () => {
    const latencyFirst = { ...MERGE, soundWaitMs: 0, maxWindowMs: 0 };
    const inFile = loadConfig({ name: "h.yaml", content: "merge: latency" }, {});
    const inVariable = loadConfig(undefined, { HEADGATE_MERGE: "latency" });
    for (const { config } of [inFile, inVariable]) expect(config?.gateway.merge).toEqual(latencyFirst);
  });

  test("is the defaults without a file", () => {
    expect(loadConfig(undefined, {}).config).toEqual(DEFAULTS);
  });

  test.each([
    ["an empty file", ""],
    ["a file of comments", "# listeners:\n"],
    ["sections left empty", "listeners:\nadmin:\ntunnel:\nlog:\nlimits:\ntimeouts:\napplications:\n"],
    ["entries left empty", 'applications: {"*": }\n'],
  ])("is the defaults for %s", (_, content) => {
    expect(configOf(content)).toEqual(DEFAULTS);
  });

  test("listens where it is told to and nowhere else, and falls back nowhere", () => {
    expect(configOf("listeners: [{}]\n").listeners).toEqual([LISTENER]);
    expect(configOf("listeners: [{port: 443}]\n").listeners).toEqual([{ ...LISTENER, port: 443 }]);
    expect(configOf("", { HEADGATE_LISTENERS_0_PORT: "80" }).listeners).toEqual([{ ...LISTENER, port: 80 }]);
  });

  test("takes all there is to say about a listener", () => {
    const [listener] = configOf(`
listeners:
  - port: 443
    protocols: [rtmps, https]
    tls:
      certificates:
        - { cert: a.crt, key: a.key }
        - { cert: b.crt, key: b.key }
      minVersion: TLSv1
      maxVersion: TLSv1.2
    trustedProxies: [10.0.0.0/8, "::1"]
    trustedHeader: Forwarded
`).listeners;
    expect(listener).toEqual({
      port: 443,
      host: "::",
      protocols: ["rtmps", "https"],
      tls: {
        certificates: [
          { cert: "a.crt", key: "a.key" },
          { cert: "b.crt", key: "b.key" },
        ],
        minVersion: "TLSv1",
        maxVersion: "TLSv1.2",
        acme: LISTENER.tls.acme,
      },
      trustedProxies: ["10.0.0.0/8", "::1"],
      trustedHeader: "Forwarded",
    });
  });

  test("takes what it is given, in the units it is given in", () => {
    const config = configOf(`
listeners:
  - port: 1936
    host: 10.0.0.1
  - port: 80
admin: { port: 9000, hosts: [gateway.internal] }
log: { level: debug, format: json }
chunkSize: 4096
ackWindow: 5MB
rtmpe: false
limits: { maxMessageBytes: 4MiB, maxStreams: 10 }
timeouts: { firstByte: 500ms, stall: 2m }
applications:
  live: { gopCache: 2.5s, retentionSize: 1048576 }
`);
    expect(config.listeners).toEqual([
      { ...LISTENER, port: 1936, host: "10.0.0.1" },
      { ...LISTENER, port: 80 },
    ]);
    expect(config.admin).toMatchObject({ host: "127.0.0.1", port: 9000, hosts: ["gateway.internal"] });
    expect(config.log).toMatchObject({ level: "debug", format: "json" });
    expect(config.gateway).toEqual({
      chunkSize: 4096,
      trace: { address: undefined, stream: undefined },
      ackWindow: 5_000_000,
      drain: DRAIN,
      rtmpe: false,
      merge: MERGE,
      limits: { ...LIMITS, maxMessageBytes: 4 * 1024 * 1024, maxStreams: 10, maxStreamsPerAddress: 5 },
      timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 500, stallMs: 120_000 },
      applications: new Map([["live", { ...APPLICATION, gopCacheMs: 2500, retentionBytes: 1_048_576 }]]),
    });
  });

  test("lets an application inherit from * what it does not say itself", () => {
    const { applications } = configOf(`
applications:
  live/west: { resumeWindow: 0 }
  "*": { resumeWindow: 5s, publisherPolicy: takeover }
`).gateway;
    expect(applications.get("live/west")).toEqual({
      ...APPLICATION,
      resumeWindowMs: 0,
      publisherPolicy: "takeover",
    });
    expect(applications.get("*")).toMatchObject({ resumeWindowMs: 5000, publisherPolicy: "takeover" });
  });

  test("takes other servers by their URLs, one or several", () => {
    const { applications } = configOf(`
applications:
  live: { pull: rtmp://10.0.0.5/live, pullIdle: 0s }
  studio: { push: [rtmp://10.0.0.5/live, "rtmps://me:secret@ingest.example.net/app/{key}"] }
  "//tv.example.com/*": { proxy: "rtmp://10.0.0.6", proxyProtocol: true }
  vod: { routes: [{ streams: "cam-*", pull: rtmp://10.0.0.7/cams }] }
`).gateway;
    expect(applications.get("live")).toMatchObject({ pullIdleMs: 0, push: [], proxy: undefined });
    expect(applications.get("live")?.pull.map(String)).toEqual(["rtmp://10.0.0.5/live"]);
    expect(applications.get("studio")?.push.map(({ stream }) => stream)).toEqual(["", "{key}"]);
    expect(applications.get("//tv.example.com/*")?.proxy).toEqual(RtmpUrl.parse("rtmp://10.0.0.6"));
    expect(applications.get("vod")?.routes).toMatchObject([{ streams: "cam-*", push: [] }]);
  });

  test("takes an empty text for no server", () => {
    const { applications } = configOf(`applications: { "*": { pull: "", push: "", proxy: "" } }`).gateway;
    expect(applications.get("*")).toMatchObject({ pull: [], push: [], proxy: undefined });
  });

  test("names only the applications it names: without * there is no other", () => {
    expect([...configOf("applications: { live: {} }").gateway.applications.keys()]).toEqual(["live"]);
  });
});

describe("a configuration with mistakes", () => {
  test.each([
    ["rtmpt", "http"],
    ["rtmpts", "https"],
    ["rtmpe", "rtmp"],
    ["rtmpz", "rtmp"],
  ])("is told which protocol the scheme %s belongs to: %s", (scheme, protocol) => {
    expect(problemsOf(`listeners: [{protocols: [${scheme}]}]`)).toEqual([
      expect.stringContaining(`not "${scheme}" (did you mean "${protocol}"?)`),
    ]);
  });

  test("is told so of a URL without repeating it", () => {
    expect(problemsOf('applications: { live: { push: ["rtmp:/me:secret@h/live"], proxy: "h" } }')).toEqual([
      'headgate.yaml:1:31 /applications/live/push: must be the URL of an RTMP server such as "rtmp://10.0.0.5/live", or a list of such',
      'headgate.yaml:1:66 /applications/live/proxy: must be the URL of an RTMP server such as "rtmp://10.0.0.5/live"',
    ]);
  });

  test("is told all of them at once, in the order they stand in the file", () => {
    expect(
      problemsOf(`listeners:
  - port: 1935
  - port: 70000
    host: 10.0.0.1
    prt: 80
chunksize: 4096
limits:
  maxConnections: many
  maxMessageBytes: 8Mib
timeouts:
  firstByte: 10
applications:
  live:
    publisherPolicy: takover
    gopCache: [1s]
    resumeWindow: 2h
`),
    ).toEqual([
      "headgate.yaml:3:11 /listeners/1/port: must be a whole number from 1 to 65535, not 70000",
      'headgate.yaml:5:5 /listeners/1: unknown key "prt" (did you mean "port"?)',
      'headgate.yaml:6:1 /: unknown key "chunksize" (did you mean "chunkSize"?)',
      'headgate.yaml:8:19 /limits/maxConnections: must be a whole number from 1 to 1000000, or auto, not "many"',
      'headgate.yaml:9:20 /limits/maxMessageBytes: must be a size from 64KiB to 16MiB, such as "8MiB" or a number of bytes, not "8Mib"',
      'headgate.yaml:11:14 /timeouts/firstByte: must be a duration with its unit from 100ms to 1h, such as "10s", not 10',
      'headgate.yaml:14:22 /applications/live/publisherPolicy: must be one of reject, takeover, not "takover" (did you mean "takeover"?)',
      'headgate.yaml:15:15 /applications/live/gopCache: must be a duration with its unit from 0s to 10m, such as "12s", not a list',
      'headgate.yaml:16:19 /applications/live/resumeWindow: must be a duration with its unit from 0s to 1h, such as "10s", not "2h"',
    ]);
  });

  test("is told what is wrong with a listener", () => {
    expect(
      problemsOf(`listeners:
  - protocols: [rtmp, rtpms]
    tls:
      certificates:
        - cert: a.crt
      maxVersion: 1.2
    trustedProxies: [10.0.0.0/33]
  - protocols: []
`),
    ).toEqual([
      'headgate.yaml:2:23 /listeners/0/protocols/1: must be one of rtmp, rtmps, http, https, not "rtpms" (did you mean "rtmps"?)',
      "headgate.yaml:5:11 /listeners/0/tls/certificates/0: needs cert and key",
      "headgate.yaml:6:19 /listeners/0/tls/maxVersion: must be one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3, not 1.2",
      'headgate.yaml:7:22 /listeners/0/trustedProxies/0: must be an address or a network such as "10.0.0.0/8", not "10.0.0.0/33"',
      "headgate.yaml:8:16 /listeners/1/protocols: must be a list of at least one entry, each one of rtmp, rtmps, http, https, not an empty list",
    ]);
    expect(problemsOf("listeners: [{tls: {minVersion: TLSv1.3, maxVersion: TLSv1.2}}]\n")).toEqual([
      "headgate.yaml:1:32 /listeners/0/tls/minVersion: must not be newer than maxVersion, which is TLSv1.2",
    ]);
  });

  test.each([
    [
      "ports: 1935\n",
      'headgate.yaml:1:1 /: unknown key "ports" (known here: listeners, workers, directSend, admin, http, tunnel, outward, log, chunkSize, ackWindow, rtmpe, merge, drain, limits, timeouts, access, recording, applications)',
    ],
    [
      "listeners: 1935\n",
      'headgate.yaml:1:12 /listeners: must be a list of at least one entry, each with "-" and keys (port, host, protocols, tls, trustedProxies, trustedHeader), not 1935',
    ],
    [
      "listeners: []\n",
      'headgate.yaml:1:12 /listeners: must be a list of at least one entry, each with "-" and keys (port, host, protocols, tls, trustedProxies, trustedHeader), not an empty list',
    ],
    [
      "listeners:\n  port: 1935\n",
      'headgate.yaml:2:3 /listeners: must be a list of at least one entry, each with "-" and keys (port, host, protocols, tls, trustedProxies, trustedHeader), not a group of keys',
    ],
    [
      "listeners:\n  - 1935\n",
      "headgate.yaml:2:5 /listeners/0: must be keys with their values (port, host, protocols, tls, trustedProxies, trustedHeader), not 1935",
    ],
    [
      "listeners:\n  - port:\n",
      "headgate.yaml:2:10 /listeners/0/port: must be a whole number from 1 to 65535, not empty",
    ],
    [
      "listeners:\n  - port: 1935.5\n",
      "headgate.yaml:2:11 /listeners/0/port: must be a whole number from 1 to 65535, not 1935.5",
    ],
    [
      "listeners: [{port: 80}, {port: 80}]\n",
      "headgate.yaml:1:32 /listeners/1/port: must be another port than 80, which listener 0 has on the same address",
    ],
    [
      "admin: {hosts: ['http://x:1985']}\n",
      'headgate.yaml:1:17 /admin/hosts/0: must be the name of a host such as "gateway.example.com", not "http://x:1985"',
    ],
    ["admin: {host: 12}\n", 'headgate.yaml:1:15 /admin/host: must be text such as "127.0.0.1", not 12'],
    [
      "applications: {}\n",
      "headgate.yaml:1:15 /applications: must be application names, at least one, each with its keys below it, not empty",
    ],
    [
      "applications: [live]\n",
      "headgate.yaml:1:15 /applications: must be application names, at least one, each with its keys below it, not a list",
    ],
    [
      "applications:\n  live/: {}\n",
      'headgate.yaml:2:3 /applications: "live/" cannot be an application\'s name: use "live", "live/west" or "*"',
    ],
    [
      "applications:\n  live/west: {lag: drop}\n",
      'headgate.yaml:2:15 /applications/live/west: unknown key "lag" (known here: publisherPolicy, resumeWindow, lagPolicy, gopCache, keyframeWait, retention, retentionSize, swfVerification, publish, play, maxConnections, pull, pullIdle, push, routes, proxy, proxyProtocol, hooks, record, vod, playlists, httpFlv)',
    ],
    [
      "- port: 1935\n",
      "headgate.yaml:1:1 /: must be keys with their values (listeners, workers, directSend, admin, http, tunnel, outward, log, chunkSize, ackWindow, rtmpe, merge, drain, limits, timeouts, access, recording, applications), not a list",
    ],
    [
      "port 1935\n",
      'headgate.yaml:1:1 /: must be keys with their values (listeners, workers, directSend, admin, http, tunnel, outward, log, chunkSize, ackWindow, rtmpe, merge, drain, limits, timeouts, access, recording, applications), not "port 1935"',
    ],
  ])("says what is wrong with %j, and where", (content, problem) => {
    expect(problemsOf(content)).toEqual([problem]);
  });

  test.each([
    ["log:\n\tlevel: info\n", "headgate.yaml:2:1: "],
    ["admin: {port: 80\n", "headgate.yaml:2:1: "],
    ["chunkSize: 200\nchunkSize: 300\n", "headgate.yaml:2:1: Map keys must be unique"],
    ["chunkSize: !env CHUNK\n", "headgate.yaml:1:12: Unresolved tag"],
  ])("says where %j is no YAML", (content, beginning) => {
    const problems = problemsOf(content);
    expect(problems[0]?.slice(0, beginning.length)).toBe(beginning);
  });
});

describe("HEADGATE_ variables", () => {
  test("override the file, and the defaults without one", () => {
    const environment = {
      HEADGATE_LISTENERS_0_PORT: "1936",
      HEADGATE_LISTENERS_1_PORT: "80",
      HEADGATE_ADMIN_PORT: "9000",
      HEADGATE_LOG_LEVEL: "warn",
      HEADGATE_CHUNK_SIZE: "8KiB",
      HEADGATE_LIMITS_MAX_MESSAGE_BYTES: "1048576",
      HEADGATE_TIMEOUTS_FIRST_BYTE: "3s",
      HEADGATE_TUNNEL_NODE: "a",
      HEADGATE_HTTP_WEB_SERVER: "http://127.0.0.1:8134",
      HEADGATE_TUNNEL_MAX_REPLY_BYTES: "32KiB",
      HEADGATE_APPLICATIONS_LIVE_RESUME_WINDOW: "5s",
      HEADGATE_APPLICATIONS_DEFAULT_LAG_POLICY: "drop",
      HEADGATE_OUTWARD_INSECURE: "true",
      HEADGATE_WORKERS: "3",
      HEADGATE_RTMPE: "false",
      HEADGATE_MERGE_MAX_WINDOW: "40ms",
      HEADGATE_APPLICATIONS_DEFAULT_RETENTION: "30s",
      HEADGATE_APPLICATIONS_DEFAULT_RETENTION_SIZE: "1MiB",
      PATH: "/bin",
    };
    const expected: Config = {
      listeners: [
        { ...LISTENER, port: 1936 },
        { ...LISTENER, port: 80 },
      ],
      workers: 3,
      directSend: true,
      memoryBytes: Number.POSITIVE_INFINITY,
      admin: { ...defaultsOf(API), host: "127.0.0.1", port: 9000, hosts: [] },
      http: { webServer: new URL("http://127.0.0.1:8134") },
      tunnel: { node: "a", maxReplyBytes: 32_768 },
      outward: { caFile: "", insecure: true },
      access: { ...defaultsOf(ACCESS), bansFile: "", limits: [], hooks: [] },
      recording: defaultsOf(RECORDING),
      log: { level: "warn", format: "auto", trace: { address: undefined, stream: undefined } },
      gateway: {
        chunkSize: 8192,
        ackWindow: 2_500_000,
        rtmpe: false,
        merge: { ...MERGE, maxWindowMs: 40 },
        drain: DRAIN,
        trace: { address: undefined, stream: undefined },
        limits: { ...LIMITS, maxMessageBytes: 1_048_576 },
        timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 3000 },
        applications: new Map([
          [
            "*",
            {
              ...APPLICATION,
              lagPolicy: "drop",
              retentionMs: 30_000,
              retentionBytes: 1_048_576,
            },
          ],
          [
            "live",
            {
              ...APPLICATION,
              resumeWindowMs: 5000,
              lagPolicy: "drop",
              retentionMs: 30_000,
              retentionBytes: 1_048_576,
            },
          ],
        ]),
      },
    };
    expect(loadConfig(undefined, environment).config).toEqual(expected);
    expect(configOf("listeners: [{port: 1}]\nadmin: {port: 2}\nchunkSize: 300\n", environment)).toEqual(
      expected,
    );
  });

  test("name an application of the file however it is spelled there, another in small letters", () => {
    const { applications } = configOf("applications: { myApp/2: {} }", {
      HEADGATE_APPLICATIONS_MY_APP_2_RESUME_WINDOW: "1s",
      HEADGATE_APPLICATIONS_OTHER_RESUME_WINDOW: "2s",
    }).gateway;
    expect([...applications].map(([name, { resumeWindowMs }]) => [name, resumeWindowMs])).toEqual([
      ["myApp/2", 1000],
      ["other", 2000],
    ]);
  });

  test("name an application that is called as something every object has", () => {
    const { applications } = configOf("", { HEADGATE_APPLICATIONS_CONSTRUCTOR_RESUME_WINDOW: "1s" }).gateway;
    expect(applications.get("constructor")?.resumeWindowMs).toBe(1000);
  });

  test("name lists within lists by one position after the other", () => {
    const { listeners } = configOf("", {
      HEADGATE_LISTENERS_0_PROTOCOLS_0: "rtmps",
      HEADGATE_LISTENERS_0_TLS_MAX_VERSION: "TLSv1.2",
      HEADGATE_LISTENERS_0_TLS_CERTIFICATES_0_CERT: "a.crt",
      HEADGATE_LISTENERS_0_TLS_CERTIFICATES_0_KEY: "a.key",
      HEADGATE_LISTENERS_0_TRUSTED_PROXIES_0: "10.0.0.1",
    });
    const certificates = [{ cert: "a.crt", key: "a.key" }];
    expect(listeners).toEqual([
      {
        ...LISTENER,
        protocols: ["rtmps"],
        tls: { ...LISTENER.tls, certificates, maxVersion: "TLSv1.2" },
        trustedProxies: ["10.0.0.1"],
      },
    ]);
  });

  test("reach the lists of an application, and make no other", () => {
    const { applications } = configOf('applications: {live: {push: "rtmp://a/live"}, "*": {}}', {
      HEADGATE_APPLICATIONS_LIVE_PUSH_1: "rtmp://b/live",
      HEADGATE_APPLICATIONS_LIVE_PULL: "rtmp://c/live",
      HEADGATE_APPLICATIONS_LIVE_ROUTES_0_STREAMS: "cam-*",
      HEADGATE_APPLICATIONS_LIVE_ROUTES_0_PULL: "rtmp://d/live",
      HEADGATE_APPLICATIONS_LIVE_ROUTES_0_PUSH_0: "rtmp://e/live",
      HEADGATE_APPLICATIONS_DEFAULT_PUSH_0: "rtmp://f/live",
    }).gateway;
    expect([...applications.keys()]).toEqual(["live", "*"]);
    const { push, pull, routes } = applications.get("live")!;
    expect([push, pull, routes[0]!.pull, routes[0]!.push].map((urls) => urls.map(String))).toEqual([
      ["rtmp://a/live", "rtmp://b/live"],
      ["rtmp://c/live"],
      ["rtmp://d/live"],
      ["rtmp://e/live"],
    ]);
    expect(applications.get("*")!.push.map(String)).toEqual(["rtmp://f/live"]);
    expect(problemsOf("", { HEADGATE_APPLICATIONS_LIVE_PUSH_0: "s3cret" })).toEqual([
      expect.stringMatching(/^HEADGATE_APPLICATIONS_LIVE_PUSH_0: must be the URL of an RTMP server/),
    ]);
  });

  test("count as not given when empty", () => {
    expect(configOf("", { HEADGATE_ADMIN_PORT: "", HEADGATE_LISTENERS_0_PORT: "" })).toEqual(DEFAULTS);
  });

  test("are told their mistakes by name, after those of the file", () => {
    expect(
      problemsOf("chunkSize: 1\n", {
        HEADGATE_LISTENERS_0_PORT: "99999",
        HEADGATE_LOG_LEVEL: "inof",
        HEADGATE_TIMEOUTS_STALL: "10",
        HEADGATE_LISTENERS_2_PORT: "80",
        HEADGATE_LISTENERS_0_PRT: "80",
        HEADGATE_CHUNKSIZE: "4096",
        HEADGATE_APPLICATIONS_LIVE_RESUME_WINDOWS: "5s",
        HEADGATE_FROBNICATE: "1",
      }),
    ).toEqual([
      'headgate.yaml:1:12 /chunkSize: must be a size from 128 to 16777215, such as "8MiB" or a number of bytes, not 1',
      "HEADGATE_LISTENERS_0_PORT: must be a whole number from 1 to 65535, not 99999",
      'HEADGATE_LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, not "inof" (did you mean "info"?)',
      'HEADGATE_TIMEOUTS_STALL: must be a duration with its unit from 1s to 1h, such as "1m", not "10"',
      "HEADGATE_APPLICATIONS_LIVE_RESUME_WINDOWS: there is no such key (did you mean HEADGATE_APPLICATIONS_LIVE_RESUME_WINDOW?)",
      "HEADGATE_CHUNKSIZE: there is no such key (did you mean HEADGATE_CHUNK_SIZE?)",
      "HEADGATE_FROBNICATE: there is no such key",
      "HEADGATE_LISTENERS_0_PRT: there is no such key (did you mean HEADGATE_LISTENERS_0_PORT?)",
      "HEADGATE_LISTENERS_2_PORT: there is no entry 1 before it: lists count from 0, without gaps",
    ]);
  });

  test("leave a part of the file that is of the wrong kind to be reported as it stands there", () => {
    expect(problemsOf("limits: few\n", { HEADGATE_LIMITS_MAX_STREAMS: "1" })).toHaveLength(1);
    expect(problemsOf("few\n", { HEADGATE_LIMITS_MAX_STREAMS: "1" })).toHaveLength(1);
  });

  test("that Kubernetes sets for a service called headgate are let pass", () => {
    const environment = {
      HEADGATE_SERVICE_HOST: "10.0.0.1",
      HEADGATE_SERVICE_PORT: "1935",
      HEADGATE_SERVICE_PORT_RTMP: "1935",
      HEADGATE_PORT: "tcp://10.0.0.1:1935",
      HEADGATE_ADMIN_PORT: "tcp://10.0.0.2:80",
      HEADGATE_PORT_1935_TCP: "tcp://10.0.0.1:1935",
      HEADGATE_PORT_1935_TCP_PROTO: "tcp",
      HEADGATE_PORT_1935_TCP_PORT: "1935",
      HEADGATE_PORT_1935_TCP_ADDR: "10.0.0.1",
    };
    expect(loadConfig(undefined, environment).config).toEqual(DEFAULTS);
  });
});

test("limits of memory fit the memory there is, unless they are configured", () => {
  const limitsOf = (content: string) => {
    const { config } = loadConfig({ name: "headgate.yaml", content }, {}, 400 * 1024 ** 2);
    const { maxLogBytes, maxInputBytes } = config!.gateway.limits;
    return [maxLogBytes / 1024 ** 2, maxInputBytes / 1024 ** 2];
  };
  expect(limitsOf("")).toEqual([100, 50]);
  expect(limitsOf("workers: 2\nlimits: {maxInputBytes: auto}\n")).toEqual([50, 25]);
  expect(limitsOf("limits: {maxLogBytes: 1GiB, maxInputBytes: 3MiB}\n")).toEqual([1024, 3]);
});

test("a size that may be auto is told so", () => {
  expect(problemsOf("limits: {maxLogBytes: all}\n")).toEqual([
    'headgate.yaml:1:23 /limits/maxLogBytes: must be a size from 1MiB to 1024GiB, such as "8MiB" or a number of bytes, or auto, not "all"',
  ]);
});
