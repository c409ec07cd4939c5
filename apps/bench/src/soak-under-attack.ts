import { attack, describeAttack } from "@headgate/fuzz";
import type { MediaOptions } from "@headgate/load";
import { machineAndDate } from "./machine.ts";
import { prepareResults, writeResults } from "./results.ts";

export interface SoakUnderAttackOptions {
  readonly viewers: number;
  readonly seconds: number;
  readonly hostile: number;
  readonly seed: number;
  readonly media: MediaOptions;
  readonly results: string | undefined;
}

/** Whether honest viewers notice nothing of hostile clients, and nothing is left of these. */
export async function soakUnderAttack({ results, ...options }: SoakUnderAttackOptions): Promise<boolean> {
  prepareResults(results);
  const attackOptions = { ...options, workers: 1 };
  const report = await attack(attackOptions);
  const text = `${describeAttack(attackOptions, report)}  ${machineAndDate()}\n`;
  process.stdout.write(text);
  writeResults(results, { "soak-under-attack.md": text });
  return report.problems.length === 0;
}
