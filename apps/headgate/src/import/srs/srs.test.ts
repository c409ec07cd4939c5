import { expect, test } from "vitest";
import { importText, problemWith, write } from "../import.test.helper.ts";

function configOf(text: string): unknown {
  return importText("srs", text).config;
}

/** What the report says of a directive, without the place. */
function verdictsOn(name: string, text: string): readonly string[] {
  const marked = importText("srs", text).lines.filter((line) => line.split(": ")[1] === name);
  return marked.map((line) => line.split(": ").slice(2).join(": "));
}

/** The default vhost with these directives. */
function vhost(directives: string): string {
  return `vhost __defaultVhost__ { ${directives} }`;
}

test("an origin as SRS ships it", () => {
  const text = `listen              1935;
max_connections     1000;
daemon              off;
srs_log_tank        console;
http_api { enabled on; listen 1985; }
http_server { enabled on; listen 8080; }
vhost __defaultVhost__ {
    hls { enabled on; hls_path ./html; }
    http_remux { enabled off; }
}
`;
  const { config, lines } = importText("srs", text);
  expect(config).toEqual({
    limits: { maxConnections: 1000 },
    admin: { port: 1985 },
    applications: { "*": {} },
    listeners: [{ host: "0.0.0.0", port: 1935, protocols: ["rtmp"] }],
  });
  expect(lines.filter((line) => line.includes(": not taken over: "))).toEqual([
    "c:5:24: listen: not taken over: the admin server answers on 127.0.0.1 only, unless admin.host and admin.tokens are set",
    "c:6:1: http_server: not taken over: Headgate serves no files, no HTTP-FLV and no HLS yet",
    "c:6:15: enabled: not taken over: it is within http_server",
    "c:6:27: listen: not taken over: it is within http_server",
    "c:8:5: hls: not taken over: Headgate makes no HLS, no DASH and no HTTP-FLV yet",
    "c:8:11: enabled: not taken over: it is within hls",
    "c:8:23: hls_path: not taken over: it is within hls",
  ]);
});

test("an edge pulls from its origins, and a forwarder pushes", () => {
  expect(configOf(vhost("cluster { mode remote; origin 10.0.0.1:19350 10.0.0.2; }"))).toEqual({
    applications: {
      "*": { pull: ["rtmp://10.0.0.1:19350/{app}/{stream}", "rtmp://10.0.0.2/{app}/{stream}"] },
    },
  });
  expect(configOf(vhost("forward { enabled on; destination 10.0.0.1 [::1]:1936; }"))).toEqual({
    applications: { "*": { push: ["rtmp://10.0.0.1/{app}/{key}", "rtmp://[::1]:1936/{app}/{key}"] } },
  });
  expect(configOf(vhost("cluster { mode local; origin h; } forward { destination h; }"))).toEqual({
    applications: { "*": {} },
  });
});

test("a vhost is a virtual host, takes nothing from the default one, and tells its name to other servers", () => {
  const text = `${vhost("play { gop_cache off; } forward { enabled on; destination h; }")}
vhost tv.example.com { cluster { mode remote; origin o; vhost [vhost].origin; } }
vhost off.example.com { enabled off; forward { enabled on; destination h; } }`;
  expect(configOf(text)).toEqual({
    applications: {
      "*": { gopCache: "0s", push: ["rtmp://h/{app}/{key}"] },
      "//tv.example.com/*": {
        pull: ["rtmp://o/{app}/{stream}?vhost=tv.example.com.origin"],
        gopCache: "12s",
        push: [],
      },
    },
  });
});

test("the real-time settings", () => {
  const text = vhost(
    "tcp_nodelay on; min_latency on; play { queue_length 10; gop_cache off; mw_latency 100; } publish { mr off; }",
  );
  expect(configOf(text)).toEqual({
    merge: "latency",
    applications: { "*": { retention: "10s", gopCache: "0s" } },
  });
});

test("settings of playing stand in the vhost itself, too, as in old versions", () => {
  expect(configOf(vhost("gop_cache off; queue_length 10;"))).toEqual({
    applications: { "*": { gopCache: "0s", retention: "10s" } },
  });
});

test("a queue shorter than the cache of keyframes shortens that, too", () => {
  expect(configOf(vhost("play { queue_length 10; }"))).toEqual({
    applications: { "*": { retention: "10s", gopCache: "10s" } },
  });
  expect(configOf(vhost("play { queue_length 30; }"))).toEqual({
    applications: { "*": { retention: "30s" } },
  });
});

test("listeners in all forms", () => {
  const text = `listen 1935 [::]:1936 10.0.0.1:1937;\nrtmp { listen 1938; chunk_size 4096; }\nrtmps { enabled on; listen 1443; key k; cert c; }\n${vhost("")}`;
  const { config, lines } = importText("srs", text);
  expect(config).toMatchObject({
    chunkSize: 4096,
    listeners: [
      { host: "0.0.0.0", port: 1935, protocols: ["rtmp"] },
      { host: "::", port: 1936, protocols: ["rtmp"] },
      { host: "10.0.0.1", port: 1937, protocols: ["rtmp"] },
      { host: "0.0.0.0", port: 1938, protocols: ["rtmp"] },
      { host: "0.0.0.0", port: 1443, protocols: ["rtmps"] },
    ],
  });
  expect(lines.filter((line) => /: (cert|key): /.test(line))).toHaveLength(2);
});

test.each([
  ["srs_log_level trace;", "info"],
  ["srs_log_level verbose;", "trace"],
  ["srs_log_level trace; srs_log_level_v2 warn;", "warn"],
])("%j is a level", (directives, level) => {
  expect(configOf(`${directives} ${vhost("")}`)).toMatchObject({ log: { level } });
});

test.each([
  ["include x;", "include", "not taken over: its file cannot be read: there is no such file"],
  ["pid p;", "pid", "not needed: Headgate leaves this to whoever starts its process"],
  ["rtc_server { enabled on; }", "rtc_server", "not taken over: Headgate has no WebRTC"],
  ["rtc_server { }", "rtc_server", "not needed: it is off"],
  ["listen x:y;", "listen", "not taken over: it has an address that is none"],
  [
    vhost("chunk_size 128;"),
    "chunk_size",
    "not taken over: there is one for all connections: chunkSize, ackWindow",
  ],
  [vhost("transcode { }"), "transcode", "not taken over: Headgate runs no programs"],
  [
    vhost("play { time_jitter full; }"),
    "time_jitter",
    "not taken over: timestamps are passed on as the publisher sends them",
  ],
  [vhost("no_such { }"), "no_such", "not taken over: this import does not know it"],
  [
    vhost("forward { enabled on; destination a/b; }"),
    "destination",
    "not taken over: it has a server that is no HOST or HOST:PORT",
  ],
  [
    "vhost under_score.com { forward { enabled on; destination h; } }",
    "destination",
    'not taken over: /applications "//under_score.com/*" cannot be an application\'s name: use "live", "live/west" or "*"',
  ],
])("%j is told", (text, name, verdict) => {
  expect(verdictsOn(name, `${text} vhost other.com { }`)).toContain(verdict);
});

test("an included file is found beside the folder of the configuration, as SRS finds it", () => {
  write("vhosts", "vhost __defaultVhost__ { }");
  expect(configOf("include vhosts;")).toEqual({ applications: { "*": {} } });
});

test("without a vhost SRS serves nobody, and there is nothing to import", () => {
  expect(problemWith("srs", "listen 1935;")).toBe("c: there is no application in it that Headgate can serve");
});
