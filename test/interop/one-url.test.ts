import { afterEach, describe, expect, test } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { areMissing, ffmpeg, rtmpdump } from "../support/programs.ts";

const SCHEMES: readonly Scheme[] = ["rtmp", "rtmpt", "rtmps", "rtmpe", "rtmpte", "rtmpts"];

/** `rtmp://host/live/room/cam` as OBS splits it, and as ffmpeg and rtmpdump do. */
const OBS = { application: "live", name: "room/cam" };
const FFMPEG = { application: "live/room", name: "cam" };
const SPLITS = [OBS, FFMPEG];

const SWF = { size: 16, hash: "1230a11f825fe22f43536a87246e1909ad5ae398a2391eb940380a69e27bf518" };

let server: HeadgateServer | undefined;

async function start(applications: readonly string[], options: object = {}): Promise<HeadgateServer> {
  server = await startHeadgate({
    applications: Object.fromEntries(applications.map((name) => [name, { resumeWindow: "0s", ...options }])),
  });
  return server;
}

afterEach(async () => {
  await server?.stop().finally(killEveryChild);
  server = undefined;
});

function publish({ port }: Pick<HeadgateServer, "port">, split: typeof OBS): Child {
  const source = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=25"];
  const encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25"];
  const target = ["-rtmp_app", split.application, "-rtmp_playpath", split.name];
  const url = `rtmp://127.0.0.1:${port(0)}/live/room/cam`;
  return new Child("ffmpeg", [
    "-nostdin",
    "-v",
    "warning",
    "-re",
    ...source,
    ...encoder,
    "-f",
    "flv",
    ...target,
    url,
  ]);
}

/** Whether rtmpdump gets media within its time. */
async function plays(on: HeadgateServer, split: typeof OBS, scheme: Scheme): Promise<boolean> {
  const file = on.file(`${scheme}-${split.application.replace("/", "-")}.flv`);
  const url = `${scheme}://127.0.0.1:${on.port(0)}/${split.application}`;
  const args = [
    "-v",
    "-B",
    "1",
    "-m",
    "10",
    "-r",
    url,
    "-a",
    split.application,
    "-y",
    split.name,
    "-o",
    file,
  ];
  const { code } = await new Child("rtmpdump", args).end(20_000);
  return code === 0;
}

describe.skipIf(areMissing(ffmpeg, rtmpdump))("one URL is one stream", () => {
  test.each([[["live"]], [["live/room"]], [["live", "live/room"]], [["*"]]])(
    "over all six transports, where %j is configured",
    async (applications) => {
      const on = await start(applications);
      for (const split of SPLITS) {
        const publishing = publish({ port: (listener) => on.port(listener) }, split);
        const ways = SCHEMES.flatMap((scheme) => SPLITS.map((other) => ({ scheme, other })));
        const outcomes = await Promise.all(ways.map(({ scheme, other }) => plays(on, other, scheme)));
        expect(ways.filter((_, index) => !outcomes[index])).toEqual([]);
        publishing.signal("SIGKILL");
        await publishing.exited;
      }
    },
    120_000,
  );

  test("between workers", async () => {
    server = await startHeadgate({ workers: 2, applications: { live: { resumeWindow: "0s" } } });
    const on = server;
    const publishing = publish({ port: (listener) => on.port(listener) }, FFMPEG);
    // Connections go to the workers in turn: each split is played on each of them.
    for (const split of [OBS, OBS, FFMPEG, FFMPEG]) expect(await plays(on, split, "rtmp")).toBe(true);
    publishing.signal("SIGKILL");
    await publishing.exited;
  }, 60_000);

  test.each(["rtmp", "rtmpte"] as const)(
    "and SWF verification of live/room is asked for by either over %s",
    async (scheme) => {
      server = await startHeadgate({
        applications: { live: {}, "live/room": { resumeWindow: "0s", swfVerification: [SWF] } },
      });
      const publishing = publish({ port: (listener) => server!.port(listener) }, FFMPEG);
      const outcomes = await Promise.all(SPLITS.map((split) => plays(server!, split, scheme)));
      expect(outcomes).toEqual([false, false]);
      await expect.poll(() => server!.log(200).match(/"reason":"SWF_NOT_VERIFIED"/g) ?? []).toHaveLength(2);
      publishing.signal("SIGKILL");
      await publishing.exited;
    },
    60_000,
  );
});
