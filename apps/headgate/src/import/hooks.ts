import type { Draft } from "./draft.ts";
import type { Part } from "./part.ts";

/** What is asked and told about sessions and streams over HTTP. */
export interface Hook {
  readonly url: string | undefined;
  readonly dialect: string;
  readonly events: readonly string[];
  readonly updateInterval?: string;
}

/** A hook that is for all applications. If it cannot be had, nobody may connect. */
export function addHook(draft: Draft, parts: readonly Part[], hook: Hook): void {
  draft.append(parts, ["access", "hooks"], hook, () =>
    draft.append([], ["access", "connect", "deny"], "all"),
  );
}

/** A hook for the streams of an application. If it cannot be had, nobody may do what it is asked about. */
export function addStreamHook(draft: Draft, parts: readonly Part[], application: string, hook: Hook): void {
  const asked = ["publish", "play"].filter((use) => hook.events.includes(use));
  draft.append(parts, ["applications", application, "hooks"], hook, () => {
    for (const use of asked) draft.closing(application, use)();
  });
}
