import { formatDuration } from "@headgate/config";
import { type AdminClientOptions, askToDo } from "./admin-client.ts";
import { reportProblems } from "./report-problems.ts";

/** Asks the running server to hand over its sessions and to end. */
export async function drain(options: AdminClientOptions): Promise<void> {
  const answer = await askToDo("/api/v1/drain", options);
  if (answer.problems) return reportProblems(answer.problems, "not draining.");
  const longest = formatDuration(Number(answer.body.timeout_ms));
  process.stdout.write(`draining: the server ends after ${longest} at the latest\n`);
}
