import { STATUS_CODES } from "node:http";
import type { TunnelReply, TunnelResponse } from "@headgate/http";

/** A longer reply, such as the first ones of a viewer, would cost more to copy than one write of one array spares. */
export const MAX_JOINED_BYTES: number = 64 * 1024;

/** The arrays of a whole response. librtmp needs it in one write. */
export function responsePieces({ status, reply = "" }: TunnelResponse): readonly Uint8Array[] {
  if (typeof reply === "string") return [Buffer.from(headOf(status, reply.length) + reply, "latin1")];
  const [piece, ...others] = reply.pieces;
  if (piece && others.length === 0 && piece.length <= MAX_JOINED_BYTES) return sharedReply(reply, piece);
  return piecesOf(reply);
}

/** The reply made last. */
let latest: { piece: Uint8Array; interval: number; date: string; joined: readonly [Uint8Array] } | undefined;

/** Viewers of a stream get the same reply one after the other, so it is made once for all of them. */
function sharedReply(reply: TunnelReply, piece: Uint8Array): readonly Uint8Array[] {
  const { interval } = reply;
  const date = httpDate();
  if (latest?.piece !== piece || latest.interval !== interval || latest.date !== date)
    latest = { piece, interval, date, joined: [Buffer.concat(piecesOf(reply))] };
  return latest.joined;
}

function piecesOf({ interval, pieces, length }: TunnelReply): readonly Uint8Array[] {
  return [Buffer.from(headOf(200, length) + String.fromCharCode(interval), "latin1"), ...pieces];
}

/** librtmp needs `Content-Length` in exactly this spelling, before any other field that begins like it. */
function headOf(status: number, length: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Length: ${length}\r\n${FIELDS}Date: ${httpDate()}\r\n\r\n`;
}

const FIELDS = "Content-Type: application/x-fcs\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n";

let date = "";
let dateSecond = Number.NaN;

/** Written out once a second. */
function httpDate(): string {
  const nowMs = Date.now();
  const second = Math.floor(nowMs / 1000);
  if (second !== dateSecond) date = new Date(nowMs).toUTCString();
  dateSecond = second;
  return date;
}
