import type { Mistake } from "@headgate/config";
import { hookMistakes } from "@headgate/hooks";
import type { FileOptions } from "./config.ts";

/** What is wrong with hooks. What applications inherit is no mistake of theirs. */
export function hookContradictions({ access, applications, timeouts }: FileOptions): readonly Mistake[] {
  const { policyMs } = timeouts;
  const everyOther = applications.get("*")?.hooks;
  const own = [...applications].filter(([name, { hooks }]) => name === "*" || hooks !== everyOther);
  return [
    ...hookMistakes(access.hooks, { path: ["access", "hooks"], policyMs, isOfApplication: false }),
    ...own.flatMap(([name, { hooks }]) =>
      hookMistakes(hooks, { path: ["applications", name, "hooks"], policyMs, isOfApplication: true }),
    ),
  ];
}
