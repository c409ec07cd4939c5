import fc from "fast-check";
import { expect, test } from "vitest";
import { configMistakes } from "../config/load-config.ts";
import { parseBlocks } from "./block-parser.ts";
import { write } from "./import.test.helper.ts";
import { importFile } from "./import-config.ts";

const NGINX = `worker_processes 2;
rtmp { live on; server { listen 1935; listen [::]:1935; chunk_size 4096; ping 30s;
  application live { push rtmp://h/a/b name=x; pull "h:1936" static name=y; wait_key off; }
  application b { record off; on_publish http://h/x; } include none; } }
`;

const SRS = `listen 1935 1936; max_connections 10; http_api { enabled on; listen 1985; }
vhost __defaultVhost__ { play { gop_cache off; queue_length 5; } forward { enabled on; destination h:1; } }
vhost a.b { cluster { mode remote; origin h; vhost v; } } rtmps { enabled on; listen 1443; key k; cert c; }
`;

const MEDIAMTX = `logLevel: info
x: &x {source: 'rtmp://h/$G1', sourceOnDemand: yes, forward: [{dest: 'rtmp://h/a#b'}]}
rtmpEncryption: optional
pathDefaults: {overridePublisher: no}
paths:
  '~^live/(.+)$': *x
  a/b: {source: 'rtmp://h/x'}
  all_others:
`;

const NMS = `{"bind": "::", "rtmp": {"port": 1935, "ping": 30}, "rtmps": {"port": 443, "key": "k", "cert": "c"},
"relay": {"tasks": [{"app": "a", "mode": "push", "edge": "rtmp://h"}, {"app": "b", "mode": "static", "edge": "rtmp://h/x/y"}]}}`;

/** Each takes some milliseconds, and many more on a busy machine. */
const RUNS = 60;

/** Replaces what is at a place by other characters, some of which mean something. */
const edit = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 12 }),
  text: fc.string({
    unit: fc.constantFrom(
      ..."{};:#\"'[]&*,.-/$~|\\ \n\t\0",
      "x",
      "9",
      "é",
      "on",
      "__proto__",
      "rtmp://",
      "name=",
    ),
    maxLength: 6,
  }),
});

function edited(sample: string, edits: readonly { at: number; length: number; text: string }[]): string {
  return edits.reduce((content, { at, length, text }) => {
    const begin = at % (content.length + 1);
    return content.slice(0, begin) + text + content.slice(begin + length);
  }, sample);
}

test.each([
  ["nginx-rtmp", NGINX],
  ["srs", SRS],
  ["mediamtx", MEDIAMTX],
  ["nms", NMS],
] as const)(
  "%s: of a file with mistakes comes a configuration without any, or a sentence",
  (server, sample) => {
    expect(importFile(server, write("rubbish", sample)).yaml).toBeDefined();
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const file = write("rubbish", edited(sample, edits));
        const { yaml, problem } = importFile(server, file);
        if (yaml === undefined) expect(problem).toContain(file);
        else expect(configMistakes(yaml)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  },
);

/** The places of all directives that have none within them. */
function leafPlaces(directives: ReturnType<typeof parseBlocks>): readonly string[] {
  return directives.flatMap(({ place, parts }) => (parts.length > 0 ? leafPlaces(parts) : [place]));
}

test.each([
  ["nginx-rtmp", NGINX],
  ["srs", SRS],
] as const)("%s: every directive is in the report", (server, sample) => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
      const text = edited(sample, edits);
      const file = write("rubbish", text);
      const { yaml, report } = importFile(server, file);
      if (yaml === undefined) return;
      const told = new Set(report.lines.map((line) => line.split(": ")[0]));
      expect(leafPlaces(parseBlocks(file, text)).filter((place) => !told.has(place))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
