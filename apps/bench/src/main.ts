import {
  describeRun,
  isWhole,
  mediaOf,
  promptOption,
  run,
  runOptionsOf,
  withLoadOptions,
  withRunOptions,
} from "@headgate/load";
import { Command, Option } from "commander";
import { bar } from "./bar.ts";
import { compare } from "./compare.ts";
import { HANDSHAKE_NAMES, handshakes } from "./handshakes.ts";
import { endServersOnSignal } from "./launch.ts";
import { memory } from "./memory.ts";
import { recording } from "./recording.ts";
import { seeking } from "./seeking.ts";
import { soak } from "./soak.ts";
import { soakUnderAttack } from "./soak-under-attack.ts";
import { compareWorkers } from "./workers.ts";

/** As `headgate bench` has it: viewers missed something. */
const NOT_WHOLE = 4;

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new Error(`${text} is not a number greater than 0`);
  return number;
};

endServersOnSignal();

const program = new Command("bench").description("Measure what viewers cost an RTMP server, and the latency");

withRunOptions(program.command("run")).action(async (url, values) => {
  const report = await run(runOptionsOf(url, values));
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : describeRun(report));
  process.exitCode = isWhole(report) ? 0 : NOT_WHOLE;
});

withLoadOptions(program.command("compare"))
  .description("start Headgate, nginx-rtmp, node-media-server and a bare send loop in turn, and compare")
  .option("--rounds <count>", "the number of rounds of each", count, 3)
  .addOption(
    new Option("--schemes <schemes...>", "the schemes of Headgate's viewers")
      .choices(["rtmp", "rtmps", "rtmpt", "rtmpts", "rtmpe", "rtmpte"])
      .default(["rtmp"]),
  )
  .addOption(promptOption())
  .option("--results <folder>", "write the results to this folder")
  .action(async ({ viewers, prompt, seconds, rounds, schemes, results, ...values }) => {
    await compare({ viewers, prompt, seconds, media: mediaOf(values), rounds, schemes, results });
  });

program
  .command("bar")
  .description("measure every case that Headgate is held to beside other servers, and print where it stands")
  .argument("[cases...]", "only cases with this in their name, such as `publishers`")
  .option("--seconds <seconds>", "the duration of each measurement", count, 10)
  .option("--settle <seconds>", "how long all play before it counts", count, 30)
  .option("--rounds <count>", "the number of rounds of each", count, 1)
  .option("--srs <path>", "a program of SRS that you have built, to be measured as well")
  .option("--results <folder>", "write the results to this folder")
  .action(async (names, { seconds, settle, rounds, srs, results }) => {
    await bar({ names, seconds, settleSeconds: settle, rounds, srs, results });
  });

withLoadOptions(program.command("soak"))
  .description(
    "start Headgate, and watch its memory while some viewers do not read, or hostile clients attack it",
  )
  .option("--stalled <percent>", "the share of viewers that stop reading after their first frames", count, 5)
  .option("--minutes <minutes>", "the duration, instead of --seconds", count)
  .option(
    "--hostile <count>",
    "the number of hostile clients of every kind at a time; then all viewers read",
    count,
  )
  .option("--seed <seed>", "the seed for what hostile clients do", count, 1)
  .option("--results <folder>", "write the results to this folder")
  .action(async ({ viewers, minutes, stalled, hostile, seed, results, ...values }) => {
    const seconds = minutes === undefined ? values.seconds : 60 * minutes;
    const media = mediaOf(values);
    const isWell =
      hostile === undefined
        ? await soak({ viewers, seconds, stalled, media, results })
        : await soakUnderAttack({ viewers, seconds, hostile, seed, media, results });
    process.exitCode = isWell ? 0 : 1;
  });

withLoadOptions(program.command("memory"))
  .description("start Headgate with several numbers of viewers in turn, and measure the memory of one more")
  .option(
    "--counts <counts...>",
    "the numbers of viewers, instead of --viewers",
    [500, 1000, 2000].map(String),
  )
  .option("--results <folder>", "write the results to this folder")
  .action(async ({ counts, seconds, results, ...values }) => {
    await memory({ viewers: counts.map(count), seconds, media: mediaOf(values), results });
  });

withLoadOptions(program.command("workers"))
  .description("start Headgate with one worker and with two in turn, and measure what they deliver at most")
  .option("--rounds <count>", "the number of rounds of each", count, 3)
  .option("--results <folder>", "write the results to this folder")
  .action(async ({ viewers, seconds, rounds, results, ...values }) => {
    await compareWorkers({ viewers, seconds, rounds, media: mediaOf(values), results });
  });

withLoadOptions(program.command("recording"))
  .description("start Headgate, and measure what recording streams costs, and viewers of what was recorded")
  .addOption(
    new Option("--format <format>", "the format of the files").choices(["mp4", "flv"]).default("mp4"),
  )
  .option("--streams <counts...>", "how many streams are recorded at once", ["1", "200"])
  .option("--files <counts...>", "how many recordings the viewers play", ["1", "50"])
  .option("--results <folder>", "write the results to this folder")
  .action(async ({ viewers, seconds, format, streams, files, results, ...values }) => {
    const counts = { streams: streams.map(count), files: files.map(count) };
    await recording({ viewers, seconds, format, ...counts, media: mediaOf(values), results });
  });

program
  .command("seeking")
  .description("start Headgate with long recordings, and measure how long a player waits for frames")
  .option("--minutes <minutes>", "the length of the recordings", count, 120)
  .option("--seeks <count>", "the number of seeks in each", count, 1_000)
  .option("--bitrate <bits>", "the bits per second of the video", count, 2_500_000)
  .option("--results <folder>", "write the results to this folder")
  .action(async ({ minutes, seeks, bitrate, results }) => {
    const media = { bitrate, framesPerSecond: 30, keyframeSeconds: 2 };
    await seeking({ minutes, seeks, media, results });
  });

program
  .command("handshakes")
  .description("start Headgate, nginx-rtmp and node-media-server in turn, and count accepted connections")
  .option("--handshakes <names...>", "only these", HANDSHAKE_NAMES)
  .option("--concurrency <count>", "the number of pending connections", count, 100)
  .option("--seconds <seconds>", "the duration of the measurement", count, 5)
  .option("--rounds <count>", "the number of rounds of each", count, 3)
  .option("--results <folder>", "write the results to this folder")
  .action(async ({ handshakes: names, concurrency, seconds, rounds, results }) => {
    await handshakes({ handshakes: names, concurrency, seconds, rounds, results });
  });

program.parseAsync().catch((error: Error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
