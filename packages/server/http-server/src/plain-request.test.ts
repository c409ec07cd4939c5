import { describe, expect, it } from "vitest";
import { MAX_PLAIN_BODY_BYTES, MAX_PLAIN_HEAD_BYTES } from "./limits.ts";
import { type PlainRequest, readPlainRequest } from "./plain-request.ts";

const LINE = "POST /idle/abc/7 HTTP/1.1";

function read(lines: readonly string[], former?: PlainRequest): PlainRequest | "incomplete" | "other" {
  return readPlainRequest(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), former);
}

describe("a plain request", () => {
  it("is what clients of tunnels send", () => {
    const librtmp = [
      LINE,
      "Host: h:80",
      "Accept: */*",
      "User-Agent: Shockwave Flash",
      "Connection: Keep-Alive",
    ];
    expect(
      read([...librtmp, "Cache-Control: no-cache", "Content-type: application/x-fcs", "Content-length: 1"]),
    ).toEqual(
      expect.objectContaining({ target: { kind: "idle", sessionId: "abc", sequence: 7 }, bodyLength: 1 }),
    );
    const flash = [
      "POST http://h/open/1 HTTP/1.1",
      "Host: h",
      "Connection: Keep-Alive",
      "Connection: keep-alive",
    ];
    expect(read([...flash, "Content-Length: 0", "Empty:", "Spaced: \t a b\xe9"])).toEqual(
      expect.objectContaining({ target: { kind: "open" }, bodyLength: 0 }),
    );
  });

  it("has the fields of one name as one, as node:http has them, whatever their name", () => {
    const request = read([
      LINE,
      "Host: h",
      "X-Forwarded-For: a",
      "x-forwarded-for: b",
      "__proto__: c",
      "Content-Length: 1",
    ]);
    expect(Object.entries((request as PlainRequest).headers)).toEqual([
      ["host", "h"],
      ["x-forwarded-for", "a, b"],
      ["__proto__", "c"],
      ["content-length", "1"],
    ]);
  });

  it("is read alike after one with the same fields, and after one with others", () => {
    const first = read([LINE, "Host: h", "Content-Length: 1"]) as PlainRequest;
    const longer = ["POST /send/abc/1234567 HTTP/1.1", "Host: h", "Content-Length: 1"];
    expect(read(longer, first)).toEqual(read(longer));
    const other = ["POST /send/abc/8 HTTP/1.1", "Host: h", "Content-Length: 2"];
    expect(read(other, first)).toEqual(read(other));
    expect(read(["POST /send/abc/8 HTTP/1.1", "Host: h", "Content-Length: x"], first)).toBe("other");
  });

  it("may still come of any beginning of it", () => {
    const whole = `${LINE}\r\nHost: h\r\nContent-Length: 1\r\n\r\n`;
    for (let length = 0; length < whole.length; length += 1)
      expect(readPlainRequest(Buffer.from(whole.slice(0, length)))).toBe("incomplete");
    expect(readPlainRequest(Buffer.from(whole))).toEqual(
      expect.objectContaining({ headLength: whole.length }),
    );
  });
});

describe("a plain request with a long body", () => {
  const bodyLength = MAX_PLAIN_BODY_BYTES + 1;
  const head = `${LINE}\r\nHost: h\r\nContent-Length: ${bodyLength}\r\n\r\n`;
  const whole = Buffer.from(head + "b".repeat(bodyLength));

  it("is one if it is there as a whole", () => {
    const first = readPlainRequest(whole) as PlainRequest;
    expect(first).toMatchObject({ headLength: head.length, bodyLength });
    expect(readPlainRequest(whole, first)).toEqual(first);
  });

  it("is none if a byte of it is missing, also after one like it", () => {
    const cut = whole.subarray(0, -1);
    expect(readPlainRequest(cut)).toBe("other");
    expect(readPlainRequest(cut, readPlainRequest(whole) as PlainRequest)).toBe("other");
  });
});

describe("no plain request", () => {
  const plain = [LINE, "Host: h", "Content-Length: 1"];
  const others: Readonly<Record<string, readonly string[]>> = {
    "another method": ["GET /idle/abc/7 HTTP/1.1", "Host: h", "Content-Length: 1"],
    "another path": ["POST /other HTTP/1.1", "Host: h", "Content-Length: 1"],
    "HTTP/1.0": ["POST /idle/abc/7 HTTP/1.0", "Host: h", "Content-Length: 1"],
    "spaces in its first line": ["POST  /idle/abc/7 HTTP/1.1", "Host: h", "Content-Length: 1"],
    "a target that is no path": ["POST x/idle/abc/7 HTTP/1.1", "Host: h", "Content-Length: 1"],
    "half a URL": ["POST http:/idle/abc/7 HTTP/1.1", "Host: h", "Content-Length: 1"],
    "a URL without a host": ["POST http:///idle/abc/7 HTTP/1.1", "Host: h", "Content-Length: 1"],
    "a host that is none": ["POST http://a\0b/idle/abc/7 HTTP/1.1", "Host: h", "Content-Length: 1"],
    "no Host": [LINE, "Content-Length: 1"],
    "no length": [LINE, "Host: h"],
    "its length said twice": [...plain, "Content-Length: 1"],
    "two lengths": [...plain, "content-length: 2"],
    "a list of lengths": [LINE, "Host: h", "Content-Length: 1, 1"],
    "a length with a sign": [LINE, "Host: h", "Content-Length: +1"],
    "a length in hexadecimal": [LINE, "Host: h", "Content-Length: 0x1"],
    "a long body": [LINE, "Host: h", `Content-Length: ${MAX_PLAIN_BODY_BYTES + 1}`],
    "a transfer coding": [...plain, "Transfer-Encoding: chunked"],
    "a transfer coding with a space before its colon": [...plain, "Transfer-Encoding : chunked"],
    "a client that waits": [...plain, "Expect: 100-continue"],
    "an upgrade": [...plain, "Upgrade: websocket"],
    "a connection that is to be closed": [...plain, "Connection: close"],
    "a connection that is to be closed, if to a proxy": [...plain, "Proxy-Connection: close"],
    "an option of the connection": [...plain, "Connection: keep-alive, Transfer-Encoding"],
    "a folded line": [...plain, " folded"],
    "a line without a colon": [...plain, "folded"],
    "a bare line feed": [...plain, "A: b\nTransfer-Encoding: chunked"],
    "a bare carriage return": [...plain, "A: b\rTransfer-Encoding: chunked"],
    "a NUL": [...plain, "A: b\0"],
    "a long head": [...plain, `A: ${"b".repeat(MAX_PLAIN_HEAD_BYTES)}`],
  };
  it.each(Object.entries(others))("is one with %s", (_, lines) => {
    expect(read(lines)).toBe("other");
  });

  it("comes of what begins otherwise, or does not end", () => {
    for (const beginning of ["G", "\r\n", "POST\t", "PUT /send", `POST /${"a".repeat(MAX_PLAIN_HEAD_BYTES)}`])
      expect(readPlainRequest(Buffer.from(beginning))).toBe("other");
  });
});
