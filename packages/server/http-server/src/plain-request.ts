import { readTunnelTarget, type TunnelTarget } from "@headgate/http";
import { MAX_PLAIN_BODY_BYTES, MAX_PLAIN_HEAD_BYTES } from "./limits.ts";

/** The head of a usual tunnel request. */
export interface PlainRequest {
  readonly target: TunnelTarget;
  /** The part after the first line, as received. */
  readonly fields: string;
  /** By name in small letters, as in node:http. */
  readonly headers: Readonly<Record<string, string>>;
  readonly headLength: number;
  readonly bodyLength: number;
}

/**
 * Reads the head of a request, in what has come of it. Only an unambiguous one is "plain": every line well-formed (RFC 9112 §3, §5), the body's length
 * given once, and nothing that changes how the message is read. Everything else is "other", for node:http to judge.
 * "incomplete" may become either. `former` is the previous request on the connection, whose fields are usually identical.
 */
export function readPlainRequest(
  bytes: Buffer,
  former?: PlainRequest,
): PlainRequest | "incomplete" | "other" {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return mayBecomePlain(bytes) ? "incomplete" : "other";
  if (end > MAX_PLAIN_HEAD_BYTES) return "other";
  const text = bytes.toString("latin1", 0, end + 2);
  const [line, path = ""] = FIRST_LINE.exec(text) ?? [""];
  const target = readTunnelTarget(path);
  if (!target) return "other";
  const fields = text.slice(line.length);
  const headLength = end + 4;
  const headers = fields === former?.fields ? former.headers : readFields(fields);
  if (headers?.host === undefined) return "other";
  const length = headers["content-length"] ?? "";
  // A length that was given twice has a comma in it.
  if (!/^\d{1,5}$/.test(length)) return "other";
  const bodyLength = Number(length);
  // A publisher's requests are longer than a connection may hold, but most of them come whole.
  if (bodyLength > MAX_PLAIN_BODY_BYTES && headLength + bodyLength > bytes.length) return "other";
  return { target, fields, headers, headLength, bodyLength };
}

function mayBecomePlain(bytes: Buffer): boolean {
  const start = bytes.toString("latin1", 0, METHOD.length);
  return bytes.length <= MAX_PLAIN_HEAD_BYTES && METHOD.startsWith(start);
}

/** undefined: not all of them are plain. */
function readFields(text: string): Readonly<Record<string, string>> | undefined {
  const fields = new Map<string, string>();
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const [, spelled, value] = FIELD.exec(text) ?? [];
    if (spelled === undefined || value === undefined) return undefined;
    const name = spelled.toLowerCase();
    if (TELLING.has(name)) return undefined;
    if (CONNECTION.has(name) && value.toLowerCase() !== "keep-alive") return undefined;
    const former = fields.get(name);
    fields.set(name, former === undefined ? value : `${former}, ${value}`);
  }
  return Object.fromEntries(fields);
}

const METHOD = "POST ";

/** The target is a path or a whole URL (RFC 9112 §3.2). */
const FIRST_LINE = /^POST ((?:https?:\/\/[-.\w:[\]]+)?\/[!-~]+) HTTP\/1\.1\r\n/;

/** A name is a token; a value has no control characters, and no space at its ends. */
const FIELD =
  /([-!#$%&'*+.^_`|~\dA-Za-z]+):[ \t]*((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)\r\n/y;

/** Fields that this reader does not understand. */
const TELLING: ReadonlySet<string> = new Set(["transfer-encoding", "expect", "upgrade"]);

/** Clients that think they talk to a proxy send the second one; node:http treats both alike. */
const CONNECTION: ReadonlySet<string> = new Set(["connection", "proxy-connection"]);
