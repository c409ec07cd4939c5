import type { ChangeReply } from "@headgate/api";
import { type AdminClientOptions, askToDo } from "./admin-client.ts";
import { printableLines } from "./printable.ts";
import { mistakes, reportProblems } from "./report-problems.ts";

/** Longer than all workers have to get ready. Milliseconds. */
const RELOAD_MS = 30_000;

/** Asks the running server to read its configuration again, and prints what has changed. */
export async function reload(options: AdminClientOptions): Promise<void> {
  const answer = await askToDo("/api/v1/reload", options, RELOAD_MS);
  if (answer.problems) return reportProblems(answer.problems, "not reloaded.");
  const { changes, problems } = answer.body as {
    readonly changes?: readonly ChangeReply[];
    readonly problems?: readonly string[];
  };
  if (!changes) {
    const found = problems ?? [`status ${answer.status}`];
    return reportProblems(found, `not reloaded, because of ${mistakes(found.length)}: nothing has changed.`);
  }
  process.stdout.write(
    printableLines(`${changes.length > 0 ? linesOf(changes) : "reloaded: nothing is different"}\n`),
  );
}

function linesOf(changes: readonly ChangeReply[]): string {
  return ["reloaded:", ...changes.map(({ key, in_force }) => `  ${key}  in force ${PHRASES[in_force]}`)].join(
    "\n",
  );
}

const PHRASES: Readonly<Record<ChangeReply["in_force"], string>> = {
  now: "now",
  "new sessions": "for new sessions and streams",
  "after a restart": "after a restart",
};
