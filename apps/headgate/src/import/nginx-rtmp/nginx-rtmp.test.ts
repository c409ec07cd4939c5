import { expect, test } from "vitest";
import { importText, problemWith, write } from "../import.test.helper.ts";

/** A server with these directives, and one live application with others. */
function configured(server: string, application = ""): string {
  return `rtmp { server { ${server}\napplication live { live on; ${application} } } }`;
}

function configOf(text: string): unknown {
  return importText("nginx-rtmp", text).config;
}

/** What the report says of a directive, without the place. */
function verdictsOn(name: string, text: string): readonly string[] {
  const marked = importText("nginx-rtmp", text).lines.filter((line) => line.split(": ")[1] === name);
  return marked.map((line) => line.split(": ").slice(2).join(": "));
}

test("a server with applications as most people have them", () => {
  const { config, lines } = importText(
    "nginx-rtmp",
    `worker_processes auto;
events { worker_connections 1024; }
rtmp {
  server {
    listen 1935;
    chunk_size 4096;
    ping 30s;
    application live {
      live on;
      record off;
      push rtmp://a.example.com/live2/secret;
    }
    application vod { play /var/flvs; }
  }
}
http { server { listen 8080; } }
`,
  );
  expect(config).toEqual({
    workers: "auto",
    chunkSize: 4096,
    timeouts: { pingInterval: "30s" },
    applications: { live: { push: ["rtmp://a.example.com/live2/secret"] } },
    listeners: [{ host: "0.0.0.0", port: 1935, protocols: ["rtmp"] }],
  });
  expect(lines).toEqual([
    "c:1:1: worker_processes: taken over: is /workers",
    "c:6:5: chunk_size: taken over: is /chunkSize",
    "c:7:5: ping: taken over: is /timeouts/pingInterval",
    "c:8:5: application: taken over: is /applications/live",
    "c:11:7: push: taken over: is /applications/live/push/0",
    "c:5:5: listen: taken over: is /listeners/0",
    "c:2:1: events: not needed: Headgate leaves this to whoever starts its process",
    "c:2:10: worker_connections: not needed: it is within events",
    "c:9:7: live: not needed: the application exists",
    "c:10:7: record: not needed: it is off",
    "c:13:5: application: not taken over: it is not live, and Headgate plays no files",
    "c:13:23: play: not taken over: it is within application",
    "c:16:1: http: not taken over: Headgate is no web server; http.webServer names one for the requests on its ports",
    "c:16:8: server: not taken over: it is within http",
    "c:16:17: listen: not taken over: it is within http",
  ]);
});

test.each([
  ["listen 1936;", { host: "0.0.0.0", port: 1936 }],
  ["listen 127.0.0.1:1936;", { host: "127.0.0.1", port: 1936 }],
  ["listen 127.0.0.1;", { host: "127.0.0.1", port: 1935 }],
  ["listen [::]:1936 ipv6only=on;", { host: "::", port: 1936 }],
  ["listen localhost:1936;", { host: "localhost", port: 1936 }],
])("%j is an address", (directive, address) => {
  expect(configOf(configured(directive))).toMatchObject({ listeners: [{ ...address, protocols: ["rtmp"] }] });
});

test("two listeners of nginx for IPv4 and IPv6 are one", () => {
  const text = configured("listen 1936; listen [::]:1936;");
  expect(configOf(text)).toMatchObject({ listeners: [{ host: "::", port: 1936 }] });
  expect(verdictsOn("listen", text)).toContain('not needed: the listener "::" takes IPv4 as well');
});

test("the admin server gives way to a listener", () => {
  expect(configOf(configured("listen 1985; listen 1986;"))).toMatchObject({ admin: { port: 1987 } });
});

test.each([
  ["listen unix:/tmp/s;", "listen", "not taken over: Headgate listens on TCP ports only"],
  [
    "listen 1936 proxy_protocol;",
    "listen",
    "not taken over: proxy_protocol: name the load balancers in trustedProxies",
  ],
  [
    "listen 1936; listen 1936;",
    "listen",
    "not taken over: /listeners/1/port must be another port than 1936, which listener 0 has on the same address",
  ],
  [
    "listen 99999;",
    "listen",
    "not taken over: /listeners/0/port must be a whole number from 1 to 65535, not 99999",
  ],
  [
    "chunk_size 100;",
    "chunk_size",
    'not taken over: /chunkSize must be a size from 128 to 16777215, such as "8MiB" or a number of bytes, not 100',
  ],
  ["chunk_size x;", "chunk_size", "not taken over: its value is none that it can have"],
  [
    "chunk_size 4096; chunk_size 8192;",
    "chunk_size",
    "not taken over: there is one /chunkSize for all, and c:1:17 comes first",
  ],
  ["wait_key on;", "wait_key", "not needed: Headgate always begins with a keyframe"],
  ["no_such_thing 1;", "no_such_thing", "not taken over: this import does not know it"],
  ["hls off;", "hls", "not needed: it is off"],
  ["hls on;", "hls", "not taken over: Headgate makes no HLS and no DASH yet"],
  ["exec_static ffmpeg -i secret;", "exec_static", "not taken over: Headgate runs no programs"],
  [
    "recorder all { record all; }",
    "recorder",
    "not taken over: set `record` of the application by hand (docs/recording.md)",
  ],
])("%j is told", (directive, name, verdict) => {
  expect(verdictsOn(name, configured(directive))).toContain(verdict);
});

test.each([
  ["max_message 8M;", { limits: { maxMessageBytes: "8MiB" } }],
  ["max_streams 16;", { limits: { maxNetStreams: 16 } }],
  ["max_connections 500;", { limits: { maxConnections: 500 } }],
  ["ack_window 5000000;", { ackWindow: 5_000_000 }],
  ["timeout 1m30s;", { timeouts: { stall: "90s" } }],
  ["ping_timeout 1500ms;", { timeouts: { pingTimeout: "1500ms" } }],
])("%j becomes a key of all connections", (directive, expected) => {
  expect(configOf(configured(directive))).toMatchObject(expected);
});

test("an application inherits from the server, and that from rtmp", () => {
  const text = `rtmp { live on; wait_key off; server {
    application a { }
    application b { wait_key on; }
    application c { live off; }
  } }`;
  expect(configOf(text)).toEqual({ applications: { a: { keyframeWait: "0s" }, b: {} } });
});

test("of two applications with one name, the first is there", () => {
  const text = `rtmp { server { application a { live on; push h1; } } server { application a { live on; push h2; } } }`;
  expect(configOf(text)).toEqual({ applications: { a: { push: ["rtmp://h1/a"] } } });
  expect(verdictsOn("push", text)).toEqual([
    "taken over: is /applications/a/push/0",
    "not taken over: it is within application",
  ]);
});

test.each([
  ["push h;", ["rtmp://h/live"]],
  ["push h:1936;", ["rtmp://h:1936/live"]],
  ["push rtmp://h/app;", ["rtmp://h/app"]],
  ["push rtmp://h/app/name;", ["rtmp://h/app/name"]],
  ["push rtmps://h/app/name?key=1;", ["rtmps://h/app/name?key=1"]],
  ["push rtmp://h app=x playPath=y;", ["rtmp://h/x/y"]],
  ["push rtmp://h/; push h2;", ["rtmp://h/live", "rtmp://h2/live"]],
  ["push [::1]:1936/app;", ["rtmp://[::1]:1936/app"]],
])("%j sends streams there", (directive, push) => {
  expect(configOf(configured("", directive))).toEqual({ applications: { live: { push } } });
});

test("a target for one stream is a route, which has the targets for all as well", () => {
  const directives =
    "push all; push one name=cam; pull origin name=cam; pull origin name=door static; pull any;";
  const text = configured("", directives);
  expect(configOf(text)).toEqual({
    applications: {
      live: {
        pull: ["rtmp://any/live"],
        push: ["rtmp://all/live"],
        routes: [
          {
            streams: "cam",
            pull: ["rtmp://origin/live", "rtmp://any/live"],
            push: ["rtmp://all/live", "rtmp://one/live"],
          },
          { streams: "door", pull: ["rtmp://origin/live", "rtmp://any/live"], push: ["rtmp://all/live"] },
        ],
      },
    },
  });
  expect(verdictsOn("pull", text)).toContain(
    "not taken over: static: the stream is fetched when the first viewer comes, and while there are any",
  );
});

test.each([
  ["push http://h/x;", "push", "not taken over: its URL is none that Headgate can reach"],
  ['push "rtmp://h/{app}";', "push", "not taken over: its URL is none that Headgate can reach"],
  [
    "push h name=*;",
    "push",
    'not taken over: its stream has a "*" in its name, which stands for any characters in routes',
  ],
  ["pull h pageUrl=http://p;", "pull", "not taken over: pageurl: Headgate does not send it"],
])("%j is told", (directive, name, verdict) => {
  expect(verdictsOn(name, configured("", directive))).toContain(verdict);
});

test.each([
  `rtmp { server { application live { live on; ${"push h;".repeat(400)}${Array.from({ length: 300 }, (_, n) => `push h name=s${n};`).join("")} } } }`,
  `rtmp { live on; server { ${"on_play http://h;".repeat(400)} ${Array.from({ length: 300 }, (_, n) => `application a${n} { }`).join("")} } }`,
])("of a file do not come many more values than it is long", (text) => {
  expect(problemWith("nginx-rtmp", text)).toMatch(/^c:1:\d+: more than 100000 values would come of it$/);
});

test("what is included is imported with the file's name, and in http nothing is", () => {
  write("apps", "application live {\n live on; }");
  const { config, lines } = importText(
    "nginx-rtmp",
    "rtmp { server { include apps; include none; } }\nhttp { include mime; }",
  );
  expect(config).toEqual({ applications: { live: {} } });
  expect(lines).toContain("apps:1:1: application: taken over: is /applications/live");
  expect(lines).toContain("c:1:31: include: not taken over: its file cannot be read: there is no such file");
});

test.each([
  ["", "c: there is no application in it that Headgate can serve"],
  ["rtmp { server { application a { } } }", "c: there is no application in it that Headgate can serve"],
  [
    'rtmp { server { application "a b" { live on; } } }',
    "c: there is no application in it that Headgate can serve",
  ],
  [
    "rtmp { server { application * { live on; } } }",
    "c: there is no application in it that Headgate can serve",
  ],
  ["rtmp {", 'c:1:1: the block that begins here has no "}"'],
])("%j cannot be imported", (text, problem) => {
  expect(problemWith("nginx-rtmp", text)).toBe(problem);
});
