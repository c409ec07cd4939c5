import { describeRun, run } from "@headgate/load";
import { Command } from "commander";
import { compare } from "./compare.ts";
import { HANDSHAKE_NAMES, handshakes } from "./handshakes.ts";

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new Error(`${text} is not a number greater than 0`);
  return number;
};

const program = new Command("bench").description("What viewers cost an RTMP server, and how late they see");

const withMedia = (command: Command): Command =>
  command
    .option("--viewers <count>", "how many play", count, 500)
    .option("--seconds <seconds>", "how long is measured", count, 20)
    .option("--bitrate <bits>", "of the video, in bits per second", count, 2_500_000)
    .option("--fps <frames>", "frames per second", count, 30)
    .option("--gop <seconds>", "from keyframe to keyframe", count, 2);

withMedia(
  program
    .command("run")
    .argument("<url>", "rtmp://HOST[:PORT]/APPLICATION/STREAM, any of the six transports"),
)
  .description("measure one server that runs already")
  .option("--publish <url>", "where to publish, if not to the same URL")
  .option("--pid <pid>", "the server's process, on this machine: its costs are told", count)
  .option("--json", "for machines")
  .action(async (url, { viewers, seconds, bitrate, fps, gop, publish, pid, json }) => {
    const media = { bitrate, framesPerSecond: fps, keyframeSeconds: gop };
    const report = await run({ url, publishUrl: publish ?? url, viewers, seconds, media, pid });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : describeRun(report));
    process.exitCode = report.whole === report.viewers ? 0 : 1;
  });

withMedia(program.command("compare"))
  .description("start Headgate, nginx-rtmp, node-media-server and a bare send loop in turn, and compare")
  .option("--rounds <count>", "of each", count, 3)
  .option("--schemes <schemes...>", "over what the viewers of Headgate come", ["rtmp"])
  .option("--results <folder>", "where the results are written")
  .action(async ({ viewers, seconds, bitrate, fps, gop, rounds, schemes, results }) => {
    const media = { bitrate, framesPerSecond: fps, keyframeSeconds: gop };
    await compare({ viewers, seconds, media, rounds, schemes, results });
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
