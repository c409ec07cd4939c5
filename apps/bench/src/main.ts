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
import { compare } from "./compare.ts";
import { HANDSHAKE_NAMES, handshakes } from "./handshakes.ts";
import { memory } from "./memory.ts";
import { endServersOnSignal } from "./servers.ts";
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

const program = new Command("bench").description("What viewers cost an RTMP server, and how late they see");

withRunOptions(program.command("run")).action(async (url, values) => {
  const report = await run(runOptionsOf(url, values));
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : describeRun(report));
  process.exitCode = isWhole(report) ? 0 : NOT_WHOLE;
});

withLoadOptions(program.command("compare"))
  .description("start Headgate, nginx-rtmp, node-media-server and a bare send loop in turn, and compare")
  .option("--rounds <count>", "of each", count, 3)
  .addOption(
    new Option("--schemes <schemes...>", "over what the viewers of Headgate come")
      .choices(["rtmp", "rtmps", "rtmpt", "rtmpts", "rtmpe", "rtmpte"])
      .default(["rtmp"]),
  )
  .addOption(promptOption())
  .option("--results <folder>", "where the results are written")
  .action(async ({ viewers, prompt, seconds, rounds, schemes, results, ...values }) => {
    await compare({ viewers, prompt, seconds, media: mediaOf(values), rounds, schemes, results });
  });

withLoadOptions(program.command("soak"))
  .description(
    "start Headgate, and look at its memory while some of the viewers do not read, or hostile clients attack it",
  )
  .option("--stalled <percent>", "so many of the viewers stop reading after their first frames", count, 5)
  .option("--minutes <minutes>", "how long, in place of --seconds", count)
  .option(
    "--hostile <count>",
    "so many hostile clients of every kind come at a time; then all viewers read",
    count,
  )
  .option("--seed <seed>", "of what hostile clients do", count, 1)
  .option("--results <folder>", "where the results are written")
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
  .description("start Headgate with some numbers of viewers in turn, and see what one more takes")
  .option("--counts <counts...>", "how many play, in place of --viewers", [500, 1000, 2000].map(String))
  .option("--results <folder>", "where the results are written")
  .action(async ({ counts, seconds, results, ...values }) => {
    await memory({ viewers: counts.map(count), seconds, media: mediaOf(values), results });
  });

withLoadOptions(program.command("workers"))
  .description("start Headgate with one worker and with two in turn, and see what they deliver at most")
  .option("--rounds <count>", "of each", count, 3)
  .option("--results <folder>", "where the results are written")
  .action(async ({ viewers, seconds, rounds, results, ...values }) => {
    await compareWorkers({ viewers, seconds, rounds, media: mediaOf(values), results });
  });

program
  .command("handshakes")
  .description("start Headgate, nginx-rtmp and node-media-server in turn, and count what they accept")
  .option("--handshakes <names...>", "which", HANDSHAKE_NAMES)
  .option("--concurrency <count>", "how many are on their way at a time", count, 100)
  .option("--seconds <seconds>", "how long is measured", count, 5)
  .option("--rounds <count>", "of each", count, 3)
  .option("--results <folder>", "where the results are written")
  .action(async ({ handshakes: names, concurrency, seconds, rounds, results }) => {
    await handshakes({ handshakes: names, concurrency, seconds, rounds, results });
  });

program.parseAsync().catch((error: Error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
