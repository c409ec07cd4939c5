import { Type } from "typebox";
import type { Described } from "./described.ts";

/** A key of the configuration that has another value. */
export const CHANGE = Type.Object({
  key: Type.String({ description: "As applications.live.pull." }),
  in_force: Type.Enum(["now", "new sessions", "after a restart"], {
    type: "string",
    description:
      "What has the new value: everything, sessions that begin from now on, or nothing before the server is started again.",
  }),
});

export type ChangeReply = Described<typeof CHANGE>;

/** What has become of a reload: what has changed, or else every mistake, and then nothing has. */
export type ReloadOutcome =
  | { readonly changes: readonly ChangeReply[]; readonly problems?: never }
  | { readonly problems: readonly string[]; readonly changes?: never };

/** What can be done to the server as a whole. */
export interface ServerControl {
  /** Begins to end, as with SIGTERM. Returns how long that may take at most. Milliseconds. */
  drain(): number;
  /** Reads the configuration again. Never rejects. */
  reload(): Promise<ReloadOutcome>;
}
