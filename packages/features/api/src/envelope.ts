import { randomBytes } from "node:crypto";
import { number, object, type Schema, text } from "./schema.ts";

/** What every answer of SRS's API begins with. */
interface Envelope {
  readonly code: number;
  readonly server: string;
  readonly service: string;
  readonly pid: string;
}

const ENVELOPE: Schema<Envelope> = object<Envelope>({
  code: number("0, or why the request has failed: 2048 no such stream, 2049 no such client, and others."),
  server: text("The id of this server."),
  service: text("The id of this run of the server."),
  pid: text("The id of the process."),
});

const SERVICE = randomBytes(6).toString("hex");

export function envelope(serverId: string): Envelope {
  return { code: 0, server: `vid-${serverId}`, service: SERVICE, pid: String(process.pid) };
}

/** A reply with the envelope around it. */
export function inEnvelope<T>(reply: Schema<T>): Schema<Envelope & T> {
  const properties = { ...propertiesOf(ENVELOPE), ...propertiesOf(reply) };
  return { type: "object", properties, required: Object.keys(properties) };
}

function propertiesOf(schema: Schema<unknown>): object {
  return (schema.properties ?? {}) as object;
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

export interface Failure {
  readonly status: 404 | 409 | 503;
  readonly body: Envelope & { readonly error: string };
}

export function failure(serverId: string, what: keyof typeof FAILURES): Failure {
  const [status, code, error] = FAILURES[what];
  return { status, body: { ...envelope(serverId), code, error } };
}

export const FAILURE: Schema<Failure["body"]> = inEnvelope(
  object<{ error: string }>({ error: text("A sentence.") }),
);
