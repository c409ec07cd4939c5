import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { areMissing, nginx, titleOf } from "../support/programs.ts";
import { answerTo, startNginxWebServer, startNodeWebServer, type WebServer } from "./web-servers.ts";

/** A request that nobody has made, if it is read by itself. */
const HIDDEN = "GET /hidden HTTP/1.1\r\nHost: x\r\nCookie: attacker\r\n\r\n";

/** A request that would have the next client's request as its body. */
const CAPTURE = "POST /capture HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n";

/** A request whose last header would have the next client's first line as its value. */
const PREFIX = "GET /prefix HTTP/1.1\r\nHost: x\r\nX: ";

const BODIES = { hidden: HIDDEN, capture: CAPTURE, prefix: PREFIX };

/** Most of it has happened by then. */
const SOON = { interval: 2, timeout: 2_000 };

interface Attack {
  readonly name: string;
  readonly bytes: string;
  /** The requests that an honest reader finds in it: all of them, or none because it is refused. */
  readonly meant: readonly string[];
}

const chunked = (body: string, extension = ""): string =>
  `${body.length.toString(16)}${extension}\r\n${body}\r\n0\r\n\r\n`;

const head = (line: string, ...fields: string[]): string =>
  `${[line, "Host: x", ...fields].join("\r\n")}\r\n\r\n`;

/** Each with a body that looks like a request; refused ones are to be found nowhere. */
function* attacksWith(name: string, body: string): Generator<Attack> {
  const { length } = body;
  const attack = (title: string, bytes: string, ...meant: string[]): Attack => ({
    name: `${title} (${name})`,
    bytes,
    meant,
  });
  for (const method of ["GET", "HEAD"]) {
    yield attack(
      `${method}, chunks`,
      head(`${method} /a HTTP/1.1`, "Transfer-Encoding: chunked") + chunked(body),
    );
    yield attack(`${method}, length`, head(`${method} /a HTTP/1.1`, `Content-Length: ${length}`) + body);
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const line = `${method} /a HTTP/1.1`;
    const meant = `${method} /a`;
    yield attack(`${method}, chunks`, head(line, "Transfer-Encoding: chunked") + chunked(body), meant);
    yield attack(`${method}, length`, head(line, `Content-Length: ${length}`) + body, meant);
  }
  const post = "POST /a HTTP/1.1";
  const lengthed: Readonly<Record<string, readonly string[]>> = {
    "length named in Connection": ["Connection: keep-alive, Content-Length", `Content-Length: ${length}`],
    "length before chunks": ["Content-Length: 4", "Transfer-Encoding: chunked"],
    "two lengths, the shorter first": ["Content-Length: 0", `Content-Length: ${length}`],
    "two lengths, the longer first": [`Content-Length: ${length}`, "Content-Length: 0"],
    "a list of lengths": [`Content-Length: ${length}, ${length}`],
    "a length with a sign": [`Content-Length: +${length}`],
    "a negative length": ["Content-Length: -1"],
    "a length in hexadecimal": [`Content-Length: 0x${length.toString(16)}`],
    "a length with a space in it": [`Content-Length: ${length} 0`],
    "a length that overflows": ["Content-Length: 18446744073709551616"],
    "a space before the colon": [`Content-Length : ${length}`],
    "a tab before the colon": [`Content-Length\t: ${length}`],
    "a space before the name": [` Content-Length: ${length}`],
    "a folded length": ["Content-Length:", ` ${length}`],
    "a line without a colon": ["Content-Length", `Content-Length: ${length}`],
    "a carriage return in a header": [`X: a\rContent-Length: ${length}`],
    "a NUL in a header": ["X: a\0b", `Content-Length: ${length}`],
    "two hosts": ["Host: y", `Content-Length: ${length}`],
    "an HTTP/2 length": [":content-length: 0", `Content-Length: ${length}`],
  };
  for (const [title, fields] of Object.entries(lengthed)) yield attack(title, head(post, ...fields) + body);
  const coded: Readonly<Record<string, readonly string[]>> = {
    "chunks before a length": ["Transfer-Encoding: chunked", "Content-Length: 4"],
    "folded chunks": ["Transfer-Encoding:", " chunked"],
    "another coding before chunks": ["Transfer-Encoding: gzip, chunked"],
    "another coding after chunks": ["Transfer-Encoding: chunked, identity"],
    "chunks twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "chunks and identity": ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
    "chunks with a vertical tab": ["Transfer-Encoding: \x0bchunked"],
    "chunks in quotation marks": ['Transfer-Encoding: "chunked"'],
    "chunks with a parameter": ["Transfer-Encoding: chunked;q=1"],
    "chunks after a space": ["Transfer-Encoding : chunked"],
    "unknown chunks": ["Transfer-Encoding: xchunked"],
  };
  for (const [title, fields] of Object.entries(coded))
    yield attack(title, head(post, ...fields) + chunked(body));
  const coding = "Transfer-Encoding: chunked";
  yield attack("a chunk with an extension", head(post, coding) + chunked(body, ";a=b"), "POST /a");
  yield attack("a chunk with a line end in its extension", head(post, coding) + chunked(body, ';a="\r\nb"'));
  yield attack(
    "a chunk with a bare line feed",
    `${head(post, coding)}${length.toString(16)}\n${body}\n0\n\n`,
  );
  yield attack(
    "a chunk whose size overflows",
    `${head(post, coding)}1000000000000000${length.toString(16)}\r\n${body}`,
  );
  yield attack("a chunk whose size is in C", `${head(post, coding)}0x${chunked(body)}`);
  yield attack("a chunk that is longer than it says", `${head(post, coding)}3\r\n${body}\r\n0\r\n\r\n`);
  yield attack(
    "chunks named in Connection",
    head(post, "Connection: Transfer-Encoding", coding) + chunked(body),
    "POST /a",
  );
  yield attack("a trailer", `${head(post, coding)}0\r\nX: y\r\n\r\n`, "POST /a");
  for (const trailer of [`Content-Length: ${length}`, coding])
    yield attack(
      `a trailer that frames a body, ${trailer}`,
      `${head(post, coding)}0\r\n${trailer}\r\n\r\n${body}`,
    );
  yield attack("HTTP/1.0 with chunks", head("POST /a HTTP/1.0", coding) + chunked(body));
  yield attack(
    "HTTP/1.0, kept, with a length",
    head("POST /a HTTP/1.0", "Connection: keep-alive", `Content-Length: ${length}`) + body,
    "POST /a",
  );
  yield attack("Expect", head(post, "Expect: 100-continue", `Content-Length: ${length}`) + body, "POST /a");
  yield attack(
    "an upgrade",
    head(post, "Connection: upgrade", "Upgrade: h2c", `Content-Length: ${length}`) + body,
    "POST /a",
  );
  yield attack(
    "a WebSocket",
    head("GET /a HTTP/1.1", "Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13") +
      body.slice(0, 0),
    "GET /a",
  );
  yield attack(
    "a bare line feed between headers",
    `POST /a HTTP/1.1\r\nHost: x\nContent-Length: ${length}\r\n\r\n${body}`,
  );
  yield attack("a space in the path", head("POST /a b HTTP/1.1", `Content-Length: ${length}`) + body);
}

const OTHERS: readonly Attack[] = [
  {
    name: "two requests at once",
    bytes: head("GET /a HTTP/1.1") + head("GET /b HTTP/1.1"),
    meant: ["GET /a", "GET /b"],
  },
  {
    name: "a whole URL",
    bytes: head("GET http://internal/a HTTP/1.1"),
    meant: ["GET /a"],
  },
  {
    name: "line ends in the path, escaped",
    bytes: head("GET /a%0d%0aHost:%20y%0d%0a%0d%0aGET%20/hidden HTTP/1.1"),
    meant: ["GET /a%0d%0aHost:%20y%0d%0a%0d%0aGET%20/hidden"],
  },
  { name: "line ends in the path, bare", bytes: head("GET /a\rGET /hidden HTTP/1.1"), meant: [] },
  { name: "a request without a version", bytes: "GET /hidden\r\n\r\n", meant: [] },
  { name: "another version", bytes: head("GET /a HTTP/2.0"), meant: [] },
];

const ATTACKS: readonly Attack[] = [
  ...Object.entries(BODIES).flatMap(([name, body]) => [...attacksWith(name, body)]),
  ...OTHERS,
];

describe.each([
  ["node:http", startNodeWebServer, false],
  [titleOf(nginx), startNginxWebServer, areMissing(nginx)],
])("in front of %s", (_, start, isMissing) => {
  let webServer: WebServer;
  let server: HeadgateServer;

  beforeAll(async () => {
    if (isMissing) return;
    webServer = await start();
    server = await startHeadgate({
      applications: { live: {} },
      http: { webServer: `http://127.0.0.1:${webServer.port}` },
    });
  }, 30_000);

  afterAll(async () => {
    await server?.stop().finally(killEveryChild);
    await webServer?.stop();
  });

  test.skipIf(isMissing).each(ATTACKS)(
    "$name: every request is one, and every reply its asker's",
    async ({ bytes, meant }) => {
      webServer.takeRequests();
      const attacker = new Client(server.port(0), bytes);
      // The first of them meet what the attack has left of its connection to the web server.
      for (let round = 0; round < 3; round += 1) {
        const path = `/victim${round}`;
        const victim = new Client(
          server.port(0),
          head(`GET ${path} HTTP/1.1`, `Cookie: secret${round}`, "Connection: close"),
        );
        const reply = await victim.closed;
        expect(reply).toMatch(/^HTTP\/1\.1 200 /);
        expect(reply.match(/<path=[^>]*>/g)).toEqual([answerTo(path, `secret${round}`)]);
      }
      const victims = ["GET /victim0", "GET /victim1", "GET /victim2"];
      const seen: string[] = [];
      await expect
        .poll(() => {
          seen.push(...webServer.takeRequests());
          return seen.toSorted();
        }, SOON)
        .toEqual([...meant, ...victims].toSorted());
      if (meant.length > 0) await expect.poll(() => attacker.replies, SOON).toBe(meant.length);
      await sleep(20);
      expect([...seen, ...webServer.takeRequests()]).toHaveLength(meant.length + victims.length);
      expect(attacker.replies).toBeLessThanOrEqual(Math.max(1, meant.length));
      expect(attacker.text).not.toMatch(/victim|secret/);
      attacker.socket.destroy();
    },
  );
});

/** A client that says what it likes. */
class Client {
  readonly socket: Socket;
  readonly closed: Promise<string>;
  text = "";

  constructor(port: number, bytes: string) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setEncoding("latin1").on("error", () => {});
    this.socket.on("data", (text: string) => {
      this.text += text;
    });
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve(this.text)));
    this.socket.write(bytes, "latin1");
  }

  /** Final ones. */
  get replies(): number {
    return this.text.match(/HTTP\/1\.1 [2-5]\d\d /g)?.length ?? 0;
  }
}
