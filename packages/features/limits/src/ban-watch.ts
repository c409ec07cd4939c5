import { ALLOW, type Denial, deny, type Policy, REFUSALS, type Session } from "@headgate/gateway";
import { type BanSubject, Bans } from "./bans.ts";

const STATUS = {
  connect: "NetConnection.Connect.Rejected",
  publish: "NetStream.Publish.Denied",
  play: "NetStream.Play.Failed",
} as const;

/** Refuses who is banned, and what. Asked again after the policies that tell who a peer is. */
export function banPolicy(name: string, bans: Bans): Policy {
  const verdict = (question: keyof typeof STATUS, subject: BanSubject): typeof ALLOW | Denial =>
    bans.find(subject) ? deny(STATUS[question], "BANNED") : ALLOW;
  return {
    name,
    connect: ({ peer: { remoteAddress }, grants: { identity } }) =>
      verdict("connect", { remoteAddress, identity, path: undefined }),
    publish: ({ peer: { remoteAddress }, grants: { identity }, key: { path } }) =>
      verdict("publish", { remoteAddress, identity, path }),
    play: ({ peer: { remoteAddress }, grants: { identity }, key: { path } }) =>
      verdict("play", { remoteAddress, identity, path }),
  };
}

/** Ends what a new ban is about. */
export class BanWatch {
  readonly #bans: Bans;
  readonly #sessions: () => Iterable<Session>;

  constructor(bans: Bans, sessions: () => Iterable<Session>) {
    this.#bans = bans;
    this.#sessions = sessions;
  }

  start(): void {
    const before = this.#bans.onChange;
    this.#bans.onChange = (added) => {
      before(added);
      if (added.length === 0) return;
      // What the others are about has ended already.
      const fresh = new Bans();
      fresh.replace(added);
      for (const session of [...this.#sessions()]) this.#check(session, fresh);
    };
  }

  #check(session: Session, bans: Bans): void {
    const { remoteAddress, identity, uses } = session;
    if (bans.find({ remoteAddress, identity, path: undefined })) {
      const publishes = uses.some(({ kind }) => kind === "publish");
      const question = uses.length === 0 ? "connect" : publishes ? "publish" : "play";
      return session.kick("BANNED", STATUS[question], REFUSALS.BANNED.told);
    }
    for (const use of uses) {
      const { kind, grants, key } = use;
      if (bans.find({ remoteAddress, identity: grants.identity, path: key.path }))
        session.endUse(use, "BANNED", STATUS[kind], REFUSALS.BANNED.told);
    }
  }
}
