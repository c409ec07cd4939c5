import { randomBytes } from "node:crypto";
import { type TProperties, Type } from "typebox";
import type { Described } from "./described.ts";

/** What every answer of SRS's API begins with. */
const ENVELOPE = Type.Object({
  code: Type.Number({
    description: "0, or why the request has failed: 2048 no such stream, 2049 no such client, and others.",
  }),
  server: Type.String({ description: "The id of this server." }),
  service: Type.String({ description: "The id of this run of the server." }),
  pid: Type.String({ description: "The id of the process." }),
});

type Envelope = Described<typeof ENVELOPE>;

const SERVICE = randomBytes(6).toString("hex");

export function envelope(serverId: string): Envelope {
  return { code: 0, server: `vid-${serverId}`, service: SERVICE, pid: String(process.pid) };
}

/** An answer with the envelope around it. */
export function inEnvelope<Properties extends TProperties>(properties: Properties) {
  return Type.Object({ ...ENVELOPE.properties, ...properties });
}

/** Why a request has failed, as SRS numbers it: a number each. SRS's own page reads the number, and HTTP has the status. */
export const FAILURES = {
  noStream: [404, 2048, "There is no such stream."],
  noClient: [404, 2049, "There is no such client."],
  noVirtualHost: [404, 2014, "There is no such virtual host."],
  notAClients: [409, 2050, "No client publishes this stream: a relay or the server itself does."],
  noHistory: [503, 2056, "Of as many others as there are places for is a history kept."],
  tooManyFollowers: [
    503,
    2057,
    "As many follow a stream or a client already as may, in all or from this address.",
  ],
  notRedirected: [
    409,
    2051,
    "The client cannot be redirected: it does not connect again when asked, or plays nothing, or the stream cannot be played.",
  ],
  noBan: [404, 2052, "There is no such ban."],
  tooManyBans: [409, 2053, "There are too many bans: lift some, or ban networks instead of addresses."],
  noAddress: [409, 2054, "The address is none, and no network such as 203.0.113.0/24 either."],
  notReloaded: [409, 2055, "The configuration has mistakes, or cannot be put in force. Nothing has changed."],
} as const;

type FailureName = keyof typeof FAILURES;

/** How to answer a request that has failed. */
interface Failure<Name extends FailureName> {
  readonly status: (typeof FAILURES)[Name][0];
  readonly body: Described<typeof FAILURE>;
}

export function failure<Name extends FailureName>(serverId: string, what: Name): Failure<Name> {
  const [status, code, error] = FAILURES[what];
  return { status, body: { ...envelope(serverId), code, error } };
}

export const FAILURE = inEnvelope({ error: Type.String({ description: "A sentence." }) });
