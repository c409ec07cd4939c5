import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { Child, killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { ffmpegPlayer } from "../support/players.ts";
import { areMissing, ffmpeg, promtool } from "../support/programs.ts";
import { labelsOf, type Metrics, metricsIn } from "../support/promql.ts";
import { ffmpegMinute } from "../support/publishers.ts";

const WAIT = { timeout: 60_000, interval: 250 };
const RULES = fileURLToPath(new URL("../../deploy/prometheus/headgate.rules.yaml", import.meta.url));
const DASHBOARD = new URL("../../deploy/grafana/headgate.json", import.meta.url);
const MANUAL = new URL("../../docs/operate.md", import.meta.url);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
}

function rules(): readonly Rule[] {
  const { groups } = parse(readFileSync(RULES, "utf8")) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
}

function dashboard(): Dashboard {
  return JSON.parse(readFileSync(DASHBOARD, "utf8"));
}

/** The labels that a text names, as `{{stream}}` or `$labels.stream`. */
function namedIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, label]) => label!);
}

describe.skipIf(areMissing(ffmpeg))(
  "two workers with a publisher, a viewer, a hook and a server that is gone",
  () => {
    let server: HeadgateServer;

    beforeAll(async () => {
      const gone = await freePort();
      server = await startHeadgate({
        workers: 2,
        admin: { streamMetrics: 10 },
        applications: { live: { push: `rtmp://127.0.0.1:${gone}/live` } },
        access: {
          hooks: [
            { dialect: "headgate", url: `http://127.0.0.1:${gone}/`, onFailure: "allow", events: ["play"] },
          ],
        },
        listeners: [{ protocols: ["rtmp"] }, { protocols: ["rtmps"] }],
      });
      await ffmpegMinute.start(server.url("live", "cam"), server.file("cam.flv"));
      await vi.waitFor(
        async () => expect((await ask("/api/v1/streams/live/cam")).stream.frames).toBeGreaterThan(50),
        WAIT,
      );
      ffmpegPlayer.start(server.url("live", "cam", { listener: 0 }), server.file("played"));
    }, 120_000);

    afterAll(async () => {
      await server?.stop().finally(killEveryChild);
    });

    // biome-ignore lint/suspicious/noExplicitAny: the tests check what it says.
    async function ask(path: string): Promise<any> {
      return (await fetch(server.adminUrl(path))).json();
    }

    async function metrics(): Promise<Metrics> {
      const reply = await fetch(server.adminUrl("/metrics"));
      return metricsIn(await reply.text());
    }

    test("the history of what ffmpeg publishes is told, and curl follows it", async () => {
      const quality = await vi.waitFor(async () => {
        const { quality: told } = await ask("/api/v1/quality/streams/live/cam?seconds=2");
        expect(told.fps.every((fps: number) => fps > 10 && fps < 50)).toBe(true);
        expect(told.rtt_ms).toEqual([expect.any(Number), expect.any(Number)]);
        return told;
      }, WAIT);
      expect(quality.bitrate_kbps.every((kbps: number) => kbps > 20)).toBe(true);
      await vi.waitFor(async () => {
        const { clients } = await ask("/api/v1/clients");
        const viewer = clients.find(({ publish }: { publish: boolean }) => !publish);
        const { quality: played } = await ask(`/api/v1/quality/clients/${viewer.id}?seconds=1`);
        // ffmpeg tells three seconds unless it is told otherwise.
        expect(played).toMatchObject({ buffer_ms: [3_000], fps: [null], drops: [0] });
        expect(played.bitrate_kbps[0]).toBeGreaterThan(20);
      }, WAIT);
      const url = server.adminUrl("/api/v1/quality/streams/live/cam");
      const curl = new Child("curl", ["-sN", "-H", "accept: text/event-stream", url]);
      await vi.waitFor(() => expect(curl.output.match(/^data: /gm)!.length).toBeGreaterThan(2), WAIT);
      const events = curl.output.match(/^data: .*$/gm)!.map((line) => JSON.parse(line.slice(6)));
      expect(events[1].seq - events[0].seq).toBe(1);
      expect(await fetch(server.adminUrl("/api/v1/streams/live/cam"), { method: "DELETE" })).toMatchObject({
        status: 200,
      });
      expect((await curl.exited).code).toBe(0);
      expect(curl.output).toMatch(/\nevent: end\ndata: \{\}\n\n$/);
    }, 120_000);

    test("each metric is in the manual, and each query of the dashboard and the alerts finds its metrics and labels", async () => {
      await ffmpegMinute.start(server.url("live", "again"), server.file("again.flv"));
      const known = await vi.waitFor(async () => {
        await ask("/api/v1/streams/live/again");
        const found = await metrics();
        expect([...found.keys()]).toEqual(
          expect.arrayContaining([
            "headgate_stream_publisher_rtt_seconds",
            "headgate_stream_keyframe_interval_seconds",
          ]),
        );
        return found;
      }, WAIT);
      const manual = readFileSync(MANUAL, "utf8");
      const unsaid = [...known.keys()].filter((name) => !manual.includes(`\`${name}\``));
      expect(unsaid.filter((name) => name !== "up" && !name.startsWith("headgate_hook_"))).toEqual([]);
      for (const { title, targets = [] } of dashboard().panels) {
        for (const { expr, legendFormat } of targets) {
          const labels = labelsOf(expr, known);
          expect([title, ...labels]).toEqual(expect.arrayContaining(namedIn(legendFormat, /\{\{(\w+)\}\}/g)));
        }
      }
      for (const { query } of dashboard().templating.list) {
        const [, name, label] =
          /^label_values\((\w+), (\w+)\)$/.exec(typeof query === "string" ? "" : query.query) ?? [];
        if (name) expect(known.get(name)?.has(label!)).toBe(true);
      }
      for (const { alert, expr, annotations } of rules()) {
        const labels = labelsOf(expr, known);
        expect([alert, ...labels]).toEqual(
          expect.arrayContaining(namedIn(annotations.summary!, /\$labels\.(\w+)/g)),
        );
      }
    }, 120_000);

    test.skipIf(areMissing(promtool))("promtool finds nothing wrong with the metrics", () => {
      const url = server.adminUrl("/metrics");
      const checked = run("sh", ["-c", `curl -s ${url} | promtool check metrics`]);
      expect(checked).toEqual({ succeeded: true, output: "" });
    });

    test("numbers are those of both workers and of the process that has them", async () => {
      const text = await (await fetch(server.adminUrl("/metrics"))).text();
      expect(text).toMatch(/^headgate_workers 2$/m);
      expect(text).toMatch(/^headgate_workers_configured 2$/m);
      expect(text).toMatch(/^headgate_sessions\{transport="rtmp",application="live"\} [1-9]/m);
      expect(text).toMatch(/^headgate_relays\{kind="push",state="(waiting|connecting)"\} [1-9]/m);
      expect(text).toMatch(/^headgate_relay_failures_total\{kind="push"\} [1-9]/m);
      expect(text).toMatch(/^headgate_hook_failures_total\{hook="[^"]+"\} [1-9]/m);
      expect(await server.metric("headgate_received_bytes_total")).toBeGreaterThan(50_000);
      expect(await server.metric("process_open_fds")).toBeGreaterThan(10);
    });
  },
);

test.skipIf(areMissing(promtool))("promtool finds nothing wrong with the alerts", () => {
  expect(run("promtool", ["check", "rules", RULES])).toMatchObject({ succeeded: true });
});

/** Three hooks for ten minutes: one that answers with errors, one that denies, and one that nobody asks. */
function hooksTold(): object {
  return {
    rule_files: [RULES],
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        input_series: [
          { series: 'headgate_hook_requests_total{hook="errors",instance="a"}', values: "0+6x10" },
          { series: 'headgate_hook_failures_total{hook="errors",instance="a"}', values: "0+6x10" },
          { series: 'headgate_hook_circuit_open{hook="errors",instance="a"}', values: "0x10" },
          { series: 'headgate_hook_requests_total{hook="denies",instance="a"}', values: "0+600x10" },
          { series: 'headgate_hook_failures_total{hook="denies",instance="a"}', values: "0+200x10" },
          { series: 'headgate_hook_requests_total{hook="idle",instance="a"}', values: "3x10" },
          { series: 'headgate_hook_failures_total{hook="idle",instance="a"}', values: "3x10" },
        ],
        alert_rule_test: [
          {
            eval_time: "9m",
            alertname: "HeadgateHookFails",
            exp_alerts: [
              {
                exp_labels: { severity: "critical", hook: "errors", instance: "a" },
                exp_annotations: {
                  summary: summaryOf("HeadgateHookFails", { hook: "errors", instance: "a" }),
                },
              },
            ],
          },
          { eval_time: "9m", alertname: "HeadgateHookDown", exp_alerts: [] },
        ],
      },
    ],
  };
}

function summaryOf(name: string, labels: Readonly<Record<string, string>>): string {
  const { annotations } = rules().find(({ alert }) => alert === name)!;
  return annotations.summary!.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label) => labels[label]!);
}

test.skipIf(areMissing(promtool))(
  "a hook that answers with errors alone is an alert, and one that denies is none",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-alerts-"));
    writeFileSync(join(folder, "hooks.yaml"), JSON.stringify(hooksTold()));
    const tested = run("promtool", ["test", "rules", join(folder, "hooks.yaml")]);
    rmSync(folder, { recursive: true });
    expect(tested).toMatchObject({ succeeded: true, output: expect.stringContaining("SUCCESS") });
  },
);

test("what is wrong with a query is found", () => {
  const known = metricsIn('a{x="1",y="}"} 1\nb 2\n');
  expect(labelsOf('8 * sum by (x) (rate(a{y=~"z"}[5m])) / 2', known)).toEqual(new Set(["x"]));
  expect(labelsOf("(min by (x) (a) - time()) / 86400", known)).toEqual(new Set(["x"]));
  expect(() => labelsOf("c", known)).toThrow("there is no metric c");
  expect(() => labelsOf('a{z="1"}', known)).toThrow("a has no label z");
  expect(() => labelsOf("sum by (x) (b)", known)).toThrow("groups by x, which is not there");
  expect(() => labelsOf("a / b", known)).toThrow("unlike labels");
  expect(() => labelsOf("rate(a)", known)).toThrow();
  expect(() => labelsOf("topk(1, a)", known)).toThrow("there is no metric topk");
  expect(() => labelsOf("b offset 5m", known)).toThrow("does not know what follows");
});
