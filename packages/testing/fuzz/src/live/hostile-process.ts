import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "@headgate/testkit";
import { inputSeed } from "../seeds.ts";
import { HOSTILE_KINDS } from "./hostile-kinds.ts";
import type { ToHostile } from "./hostile-messages.ts";

// Hostile clients, in a process of their own, so that they do not slow the honest clients down.

/** The pause between two visits of a client, which leaves the machine time for the rest. Milliseconds. */
const REST_MS = 20;

const REPORT_EVERY_MS = 500;

const visits: Record<string, number> = {};

process.once("message", (crowd: ToHostile) => {
  setInterval(() => process.send?.(visits), REPORT_EVERY_MS);
  for (let client = 0; client < crowd.clients; client += 1) {
    visitForEver(crowd, client).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }
});
process.on("disconnect", () => process.exit());

/** All kinds in turn; each client begins with another one. */
async function visitForEver({ port, seed }: ToHostile, client: number): Promise<void> {
  const kinds = Object.entries(HOSTILE_KINDS);
  for (let visit = 0; ; visit += 1) {
    const [name, go] = kinds[(client + visit) % kinds.length]!;
    await go(port, new Random(inputSeed(seed, `${name} ${client}`, visit)));
    visits[name] = (visits[name] ?? 0) + 1;
    await sleep(REST_MS);
  }
}
