/** A key of the configuration that has another value. */
export interface ChangeReply {
  /** As `applications.live.pull`. */
  readonly key: string;
  /** What has the new value: everything, the sessions that begin from now on, or nothing before the server is started again. */
  readonly in_force: "now" | "new sessions" | "after a restart";
}

/** What has become of a reload: what has changed, or else every mistake, and then nothing has. */
export type ReloadOutcome =
  | { readonly changes: readonly ChangeReply[]; readonly problems?: never }
  | { readonly problems: readonly string[] };

/** What can be done to the server as a whole. */
export interface ServerControl {
  /** Begins to end, as with SIGTERM. Returns how long that may take at most. Milliseconds. */
  drain(): number;
  /** Reads the configuration again. Never rejects. */
  reload(): Promise<ReloadOutcome>;
}
