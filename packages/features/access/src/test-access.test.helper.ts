import { Applications, StreamKey } from "@headgate/bus";
import { group, namedSections, readConfiguration } from "@headgate/config";
import type { Allowed, ConnectAttempt, Denial, PublishAttempt, RequestingPeer } from "@headgate/gateway";
import { pino } from "pino";
import { Access } from "./access.ts";
import type { AccessConfig } from "./access-state.ts";
import { ACCESS, type ApplicationAccess, PLAY, PUBLISH } from "./config.ts";
import type { Decider } from "./rules.ts";

const APPLICATION = {
  publish: group("publish", PUBLISH, "Who may publish."),
  play: group("play", PLAY, "Who may play."),
};

const SECTION = {
  access: group("access", ACCESS, "Access."),
  applications: namedSections<ApplicationAccess>("applications", {
    rest: "*",
    pattern: /./,
    misnamed: "a name",
    expects: "names",
    section: APPLICATION,
    description: "Applications.",
  }),
};

/** As they are written in a file. */
export interface Written {
  readonly access?: object;
  readonly applications?: Readonly<Record<string, { readonly publish?: object; readonly play?: object }>>;
}

export function configOf(written: Written, decider: Decider = "rules"): AccessConfig {
  const file = { name: "headgate.yaml", content: JSON.stringify(written) };
  const { options, problems } = readConfiguration(SECTION, file, {}, () => []);
  if (!options) throw new Error(problems.join("\n"));
  return { ...options, deciderOf: () => decider };
}

/** Who asks, and how. */
export interface Asking {
  readonly from?: string;
  /** The query of the application. */
  readonly query?: string;
  readonly isEncoder?: boolean;
  readonly peer?: RequestingPeer;
}

/** Access with its policies, which are asked in their order. */
export class TestAccess {
  readonly access: Access;
  readonly log: { readonly [field: string]: unknown }[] = [];
  readonly #config: AccessConfig;

  constructor(written: Written, decider: Decider = "rules") {
    this.#config = configOf(written, decider);
    const log = pino({ level: "trace" }, { write: (line: string) => this.log.push(JSON.parse(line)) });
    this.access = new Access(this.#config, { log, challengeKey: new Uint8Array(32) });
  }

  /** What becomes of a connection to this application. */
  async connect(
    application: string,
    { from = "127.0.0.1", query = "", isEncoder = false, peer = peerAt(from) }: Asking = {},
  ): Promise<Allowed | Denial> {
    const request = { virtualHost: "", application, query, isEncoder };
    return this.#ask("connect", { peer, request, grants: {} } as unknown as ConnectAttempt);
  }

  /** The reason of the refusal, or `allow` and the identity behind it. `url` is a stream's path with its query. */
  async outcome(action: "publish" | "play", url: string, asking: Asking = {}): Promise<string> {
    const verdict = await this.verdict(action, url, asking);
    if (verdict.kind === "deny") return verdict.reason;
    return ["allow", verdict.identity].filter((word) => word !== undefined).join(" ");
  }

  async verdict(
    action: "publish" | "play",
    url: string,
    { from = "127.0.0.1", query = "", peer = peerAt(from, query) }: Asking = {},
  ): Promise<Allowed | Denial> {
    const [path = "", ...rest] = url.split("?");
    const names = { application: "", name: path };
    const key = StreamKey.of(names, new Applications(this.#config.applications));
    if (typeof key === "string") throw new Error(key);
    const stream = { name: key.name, query: rest.join("?"), written: url };
    return this.#ask(action, { peer, key, stream, grants: {} } as unknown as PublishAttempt);
  }

  async #ask(
    question: "connect" | "publish" | "play",
    attempt: ConnectAttempt | PublishAttempt,
  ): Promise<Allowed | Denial> {
    const { addresses, credentials } = this.access;
    let granted: Allowed = { kind: "allow" };
    for (const policy of [...(addresses.policies ?? []), ...(credentials.policies ?? [])]) {
      const ask = policy[question] as ((about: typeof attempt) => Allowed | Promise<Allowed>) | undefined;
      const verdict = (await ask?.call(policy, attempt)) ?? granted;
      if (verdict.kind !== "allow") return verdict;
      granted = { ...granted, ...verdict };
    }
    return granted;
  }
}

export function peerAt(remoteAddress: string, query = ""): RequestingPeer {
  return {
    transport: "rtmp",
    remoteAddress,
    remotePort: 1,
    session: { connect: { application: "live", query } } as RequestingPeer["session"],
    askForSwf: async () => ({ kind: "impossible" }),
  };
}
