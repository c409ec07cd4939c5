import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, rtmpdump, titleOf } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { expectWhole } from "../support/runs.ts";
import { costOf, LightLoad } from "./light-load.ts";

const STREAMS = 200;
const VIEWERS = 500;
/** As many of either as a small machine can run as real programs; the rest is light load. */
const REAL = 20;
const KINDS = 5;

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

describe.skipIf(areMissing(ffmpeg, rtmpdump))(`${STREAMS} publishers and ${VIEWERS} viewers at once`, () => {
  const title = `every viewer's stream is whole, ${REAL} of ${titleOf(ffmpeg)} publishing among them`;
  test(title, publishAndWatchAll, 180_000);
});

async function publishAndWatchAll(): Promise<void> {
  const viewers = watchWithPrograms();
  const lightViewers = range(VIEWERS - REAL, (index) => {
    return { stream: index % STREAMS, file: server.file(`light-${index}`) };
  });
  const play = lightViewers.map(({ stream, file }) => ({ url: url(stream), file }));
  const publish = range(STREAMS - REAL, (index) => ({ url: url(REAL + index), file: media(REAL + index) }));
  const load = new LightLoad({ play, publish }, server.file("load.json"));
  const publishers: Child[] = [];
  for (let stream = 0; stream < REAL; stream += 1) {
    publishers.push(await publishWithFfmpeg(media(stream), url(stream), reference(stream)));
  }
  await load.ready(30_000);
  for (const child of [...publishers, ...viewers.map((viewer) => viewer.child), load.child]) {
    expect(child.hasExited, `${child.command}\n${child.errors}`).toBe(false);
  }

  for (const child of publishers) expect((await child.end(60_000)).code, child.errors).toBe(0);
  const { ends, messages, bytes } = await load.report(60_000);
  console.log(
    `light viewers got ${messages} messages, ${Math.round(bytes / 2 ** 20)} MiB; ${costOf(server)}`,
  );
  expect(ends).toEqual({ closed: STREAMS - REAL, "NetStream.Play.UnpublishNotify": VIEWERS - REAL });
  for (const { stream, player, file, child } of viewers) {
    await child.end(15_000);
    await expectWholeStream(stream, player, file);
  }
  // The light viewers write FLV files as rtmpdump does.
  for (const { stream, file } of lightViewers) await expectWholeStream(stream, rtmpdumpLivePlayer, file);
}

async function expectWholeStream(stream: number, player: Player, file: string): Promise<void> {
  const published = await player.readReference(reference(stream));
  const context = `${file}, stream ${stream}`;
  expectWhole(published, await player.read(file), { from: "keyframe", context });
}

/** Real players at the first streams, which real programs publish, and at the last ones. */
function watchWithPrograms(): { stream: number; player: Player; file: string; child: Child }[] {
  return range(REAL, (index) => {
    const player = index % 2 === 0 ? ffmpegPlayer : rtmpdumpLivePlayer;
    const stream = index < REAL / 2 ? index : STREAMS - index;
    const file = server.file(`real-${index}`);
    return { stream, player, file, child: player.start(url(stream), file) };
  });
}

function url(stream: number): string {
  return server.url("live", `stream-${stream}`);
}

/** Neighbouring streams carry different media, so that a packet in the wrong stream is found out. */
function media(stream: number): string {
  const kind = stream % KINDS;
  const [size, seed] = [`${160 + 16 * kind}x90`, kind];
  const args = [...picture("testsrc2", size), ...sound(seed, 22_050), "-t", "20", "-r", "10"];
  return encoded([...args, ...h264(), ...audio("aac"), "-flvflags", "no_duration_filesize"], "flv");
}

function reference(stream: number): string {
  return stream < REAL ? server.file(`reference-${stream}.flv`) : media(stream);
}

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
