import { afterEach, beforeEach, expect, test } from "vitest";
import { MAX_FOLLOWERS, MAX_FOLLOWERS_PER_ADDRESS } from "../quality/followers.ts";
import { TestServer } from "../test-server.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

const EVENTS = { accept: "text/event-stream" };

/** Events as they arrive. */
async function* eventsOf(reply: Response): AsyncGenerator<Record<string, string>> {
  let text = "";
  for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      yield Object.fromEntries(
        text
          .slice(0, end)
          .split("\n")
          .map((line) => line.split(/: (.*)/s)),
      );
      text = text.slice(end + 2);
    }
  }
}

test("the history of a stream and of a client is told; what is absent is not", async () => {
  await server.publish("cam");
  const [id = ""] = [...server.gateway.sessions.keys()];
  const stream = (await server.get("/api/v1/quality/streams/live/cam?seconds=5")).json();
  expect(stream).toMatchObject({ code: 0, quality: { id: "live/cam", interval_ms: 1_000 } });
  expect((await server.get("/api/v1/quality/streams/live%2Fcam")).json().quality.id).toBe("live/cam");
  expect((await server.get(`/api/v1/quality/clients/${id}`)).json().quality.id).toBe(id);
  expect((await server.get("/api/v1/quality/streams/live/no")).json().code).toBe(2048);
  expect((await server.get("/api/v1/quality/clients/no")).json().code).toBe(2049);
  for (const wrong of ["0", "601", "x"])
    expect((await server.get(`/api/v1/quality/clients/${id}?seconds=${wrong}`)).statusCode).toBe(400);
});

test("a stream is followed second by second, to its end", async () => {
  const origin = await server.listen();
  const publisher = await server.publish("cam");
  const reply = await fetch(`${origin}/api/v1/quality/streams/live/cam`, { headers: EVENTS });
  expect(reply.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const seen: number[] = [];
  for await (const { id, data, event } of eventsOf(reply)) {
    if (event === "end") break;
    const { seq, drops } = JSON.parse(data!);
    expect([String(seq), drops]).toEqual([id, 0]);
    seen.push(seq);
    if (seen.length < 3) continue;
    publisher.pair.far.destroy();
    await server.settle();
    server.gateway.endResume("live/cam");
  }
  expect(seen.map((seq) => seq - seen[0]!).slice(0, 3)).toEqual([0, 1, 2]);
});

test("so many follow from one address, and so many in all; others take the places of those that go", async () => {
  const origin = await server.listen();
  await server.publish("cam");
  const follow = (host: string) => {
    const abort = new AbortController();
    const url = `${origin.replace("127.0.0.1", host)}/api/v1/quality/streams/live/cam`;
    return fetch(url, { headers: EVENTS, signal: abort.signal }).then(({ status }) => ({ status, abort }));
  };
  const followers = [];
  for (let count = 0; count < MAX_FOLLOWERS_PER_ADDRESS; count += 1)
    followers.push(await follow("127.0.0.1"));
  expect(new Set(followers.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await follow("127.0.0.1")).status).toBe(503);
  expect(MAX_FOLLOWERS).toBe(4 * MAX_FOLLOWERS_PER_ADDRESS);
  for (const { abort } of followers) abort.abort();
  await expect.poll(async () => (await follow("127.0.0.1")).status).toBe(200);
});
