import { randomInt } from "node:crypto";
import { hex } from "@headgate/testkit";
import { Command, InvalidArgumentError, Option } from "commander";
import { describeFailure, describeReport } from "./describe.ts";
import { fuzz } from "./fuzz.ts";
import { attack } from "./live/attack.ts";
import { describeAttack } from "./live/describe-attack.ts";
import { TARGETS } from "./targets.ts";
import { Watchdog } from "./watchdog.ts";

const MINUTE_MS = 60_000;
const MAX_SEED = 2 ** 32;

/** Honest viewers, and concurrent hostile clients, of an attack. */
const LIVE_VIEWERS = 10;
const LIVE_HOSTILE = 48;

const names = TARGETS.map(({ name }) => name);

new Command("fuzz")
  .description("give hostile input to everything that takes bytes from a peer; exit code 1 if anything fails")
  .option("--minutes <minutes>", "the duration", positive, 1)
  .option("--seed <seed>", "the seed of all inputs: the same seed makes the same ones", whole)
  .addOption(new Option("--targets <names...>", "only these").choices(names).default(names, "all"))
  .option("--replay <hex>", "run one input of one target instead")
  .option("--live", "attack gateway processes over the network instead, with and without workers")
  .action(async ({ minutes, seed = randomInt(MAX_SEED), targets: chosen, replay, live }) => {
    const targets = TARGETS.filter(({ name }) => chosen.includes(name));
    if (replay !== undefined) {
      for (const target of targets) await target.run(hex(replay));
      return;
    }
    process.stdout.write(`seed ${seed}\n`);
    if (live) {
      await attackInTurn(seed, (minutes * MINUTE_MS) / 1000);
      return;
    }
    const watchdog = new Watchdog(seed, names);
    const onInput = watchdog.note.bind(watchdog);
    const report = await fuzz({ targets, seed, untilMs: performance.now() + minutes * MINUTE_MS, onInput });
    watchdog.stop();
    process.stdout.write(describeReport(report));
    if (!report.failure) return;
    process.stdout.write(describeFailure(report.failure, seed));
    process.exitCode = 1;
  })
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });

/** A gateway of one process and then one with workers, half of the time each. */
async function attackInTurn(seed: number, seconds: number): Promise<void> {
  for (const workers of [1, 2]) {
    const options = { seed, workers, seconds: seconds / 2, viewers: LIVE_VIEWERS, hostile: LIVE_HOSTILE };
    const report = await attack(options);
    process.stdout.write(describeAttack(options, report));
    if (report.problems.length > 0) process.exitCode = 1;
  }
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number greater than 0.");
  return number;
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError("It must be a whole number.");
  return number;
}
