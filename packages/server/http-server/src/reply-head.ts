import { STATUS_CODES } from "node:http";

/** librtmp needs `Content-Length` in exactly this spelling, before any other field that begins like it. */
export function replyHead(status: number, length: number): string {
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
