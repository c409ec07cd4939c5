import { expect, test } from "vitest";
import { importText } from "./import.test.helper.ts";

test("nginx-rtmp: each URL is a hook of its application, or of all", () => {
  const text = `rtmp { on_play http://h/play; server { on_connect http://h/connect;
    application a { live on; on_publish http://h/publish; on_update http://h/update; notify_update_timeout 10s; }
    application b { live on; on_play http://h/other; on_done http://h/done; }
  } }`;
  const hook = (url: string, ...events: string[]) => ({ url, dialect: "nginx-rtmp", events });
  expect(importText("nginx-rtmp", text).config).toEqual({
    access: { hooks: [hook("http://h/connect", "connect")] },
    applications: {
      a: {
        hooks: [
          hook("http://h/publish", "publish"),
          { ...hook("http://h/update", "update"), updateInterval: "10s" },
          hook("http://h/play", "play"),
        ],
      },
      b: { hooks: [hook("http://h/other", "play"), hook("http://h/done", "done")] },
    },
  });
});

test("SRS: a URL is a hook with all that it is asked and told", () => {
  const text = `vhost __defaultVhost__ { http_hooks { enabled on;
    on_connect http://h/a; on_publish http://h/a http://h/b; on_unpublish http://h/a; on_dvr http://h/c;
  } }
  vhost tv.example.com { http_hooks { enabled on; on_connect http://h/a; } }`;
  const hook = (url: string, ...events: string[]) => ({ url, dialect: "srs", events });
  const { config, lines } = importText("srs", text);
  expect(config).toMatchObject({
    access: { hooks: [hook("http://h/a", "connect")] },
    applications: {
      "*": { hooks: [hook("http://h/a", "publish", "unpublish"), hook("http://h/b", "publish")] },
      "//tv.example.com/*": { hooks: [] },
    },
  });
  expect(lines.filter((line) => line.includes(": not taken over: "))).toEqual([
    "c:2:87: on_dvr: not taken over: set `record` of the application by hand (docs/recording.md)",
    "c:4:51: on_connect: not taken over: sessions have hooks for all vhosts only: access.hooks",
  ]);
});

test("MediaMTX: the address for authentication, but for what is excluded", () => {
  const text = `authMethod: http
authHTTPAddress: http://h/auth
authHTTPExclude: [{action: read}, {action: api}]
paths: {all_others: }`;
  expect(importText("mediamtx", text).config).toMatchObject({
    access: { hooks: [{ url: "http://h/auth", dialect: "mediamtx", events: ["publish"] }] },
  });
});

test("where a hook cannot be had, nobody may do what it would be asked about", () => {
  const text = "rtmp { server { on_connect ftp://h; application a { live on; on_publish ftp://h; } } }";
  expect(importText("nginx-rtmp", text).config).toMatchObject({
    access: { connect: { deny: ["all"] } },
    applications: { a: { publish: { allow: ["all"], deny: ["all"] } } },
  });
});
