import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_JOINED_BYTES, responsePieces } from "./response-pieces.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 30, 12, 0, 0), toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const FIELDS = "Content-Type: application/x-fcs\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n";
const DATE = "Date: Mon, 30 Nov 2026 12:00:00 GMT\r\n\r\n";

function replyOf(interval: number, ...pieces: Uint8Array[]) {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 1);
  return { status: 200, reply: { interval, pieces, length } } as const;
}

function text(response: Parameters<typeof responsePieces>[0]): string {
  return Buffer.concat(responsePieces(response)).toString("latin1");
}

test("a response is whole, whatever it carries", () => {
  expect(text({ status: 404 })).toBe(`HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n${FIELDS}${DATE}`);
  const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n${FIELDS}${DATE}`;
  expect(text({ status: 200, reply: "id\n" })).toBe(`${head(3)}id\n`);
  expect(text(replyOf(9))).toBe(`${head(1)}\t`);
  expect(text(replyOf(1, Buffer.from("abc")))).toBe(`${head(4)}\x01abc`);
  expect(text(replyOf(1, Buffer.from("abc"), Buffer.from([0xff])))).toBe(`${head(5)}\x01abc\xff`);
});

test("what carries the same bytes is the same response", () => {
  const piece = Buffer.from("a frame");
  const response = responsePieces(replyOf(1, piece));
  expect(responsePieces(replyOf(1, piece))).toBe(response);
  expect(response).toHaveLength(1);
});

test("long bytes are not copied", () => {
  const piece = new Uint8Array(MAX_JOINED_BYTES + 1);
  const [start, ...others] = responsePieces(replyOf(1, piece));
  expect(Buffer.from(start!).toString("latin1").slice(-5)).toBe("\r\n\r\n\x01");
  expect(others).toEqual([piece]);
  expect(others[0]).toBe(piece);
});

test("what differs in anything is another response", () => {
  const piece = Buffer.from("a frame");
  const others = [replyOf(3, piece), replyOf(1, Buffer.from("a frame")), replyOf(1, piece, piece)];
  for (const other of others) {
    const response = responsePieces(replyOf(1, piece));
    expect(responsePieces(other)).not.toBe(response);
  }
  const response = responsePieces(replyOf(1, piece));
  vi.advanceTimersByTime(1000);
  expect(responsePieces(replyOf(1, piece))).not.toBe(response);
});
