import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestServer } from "../test-server.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

function ids(): string[] {
  return [...server.gateway.sessions.keys()];
}

test("clients are told in the order of their arrival", async () => {
  await server.publish("cam");
  await server.play("cam");
  await server.connect();
  const { clients, total } = (await server.get("/api/v1/clients")).json();
  expect(total).toBe(3);
  expect(clients.map(({ id }: { id: string }) => id)).toEqual(ids());
  expect(clients).toMatchObject([
    {
      type: "fmle-publish",
      publish: true,
      stream: "live/cam",
      name: "cam",
      url: "/live/cam",
      ip: "192.0.2.1",
      lag_ms: null,
    },
    { type: "rtmp-play", publish: false, stream: "live/cam", ip: "192.0.2.2", lag_ms: expect.any(Number) },
    { type: "unknown", publish: false, stream: null, name: null, uses: [], lag_ms: null },
  ]);
  expect(clients[0]).toMatchObject({
    port: 50_000,
    transport: "memory",
    app: "live",
    flashver: "scripted peer",
    tcUrl: "rtmp://localhost/live",
    identity: null,
    can_reconnect: false,
    uses: [{ stream: "live/cam", publish: true, alive: expect.any(Number) }],
  });
  expect(clients[0].recv_bytes).toBeGreaterThan(3_000);
});

test("a client that is asked for is pinged for its round trip time", async () => {
  await server.connect();
  const url = `/api/v1/clients/${ids()[0]}`;
  expect((await server.get(url)).json().client.rtt_ms).toBeNull();
  expect((await server.get(url)).json().client.rtt_ms).toEqual(expect.any(Number));
  expect((await server.get("/api/v1/clients/ffffffffffff")).json().code).toBe(2049);
});

test("a client that is kicked is told so, and gone", async () => {
  const viewer = await server.play("cam");
  const url = `/api/v1/clients/${ids()[0]}`;
  expect((await server.ask("DELETE", url)).json().code).toBe(0);
  expect(viewer.codes.at(-1)).toBe("NetStream.Play.Failed");
  expect(viewer.isClosed).toBe(true);
  expect((await server.ask("DELETE", url)).json().code).toBe(2049);
});

describe("a redirect", () => {
  async function redirect(id: string | undefined, payload: object): Promise<number> {
    return (await server.ask("POST", `/api/v1/clients/${id}/redirect`, { payload })).statusCode;
  }

  test("turns a viewer to another stream", async () => {
    const one = await server.publish("one");
    await server.publish("two");
    const viewer = await server.play("one");
    const media = viewer.messages.length;
    expect(await redirect(ids()[2], { stream: "live/two" })).toBe(200);
    expect(viewer.codes.slice(-2)).toEqual(["NetStream.Play.Reset", "NetStream.Play.Start"]);
    expect(viewer.messages.length).toBeGreaterThan(media + 4);
    const { clients } = (await server.get("/api/v1/clients")).json();
    expect(clients[2].stream).toBe("live/two");
    one.pair.far.destroy();
    await server.settle();
    expect(viewer.codes.at(-1)).toBe("NetStream.Play.Start");
  });

  test("asks a client that can to connect to another URL", async () => {
    const client = await server.connect({ capsEx: 1 });
    expect(await redirect(ids()[0], { url: "rtmps://other.example/live" })).toBe(200);
    expect(client.codes.at(-1)).toBe("NetConnection.Connect.ReconnectRequest");
    expect(client.commands.at(-1)?.[3]).toMatchObject({ tcUrl: "rtmps://other.example/live" });
  });

  test.each([
    ["of nobody", "ffffffffffff", { stream: "live/two" }, 404],
    ["of a client that plays nothing", undefined, { stream: "live/two" }, 409],
    ["to an unknown application", undefined, { stream: "other/two" }, 409],
    ["to a URL, of a client that cannot", undefined, { url: "rtmp://other/live" }, 409],
    ["to a page", undefined, { url: "http://other/live" }, 400],
    ["to nothing", undefined, {}, 400],
    ["to two things", undefined, { stream: "live/two", url: "rtmp://other/live" }, 400],
  ])("%s does not work", async (_, id, payload, status) => {
    const client = await server.connect();
    expect(await redirect(id ?? ids()[0], payload)).toBe(status);
    expect(client.isClosed).toBe(false);
  });
});

test("the clients of one stream are listed, its publisher first", async () => {
  await server.play("cam", "192.0.2.3");
  await server.publish("cam");
  await server.play("other", "192.0.2.4");
  const list = async (stream: string) => (await server.get(`/api/v1/clients?stream=${stream}`)).json();
  const { total, clients } = await list("live/cam");
  expect([total, clients.map(({ ip }: { ip: string }) => ip)]).toEqual([2, ["192.0.2.1", "192.0.2.3"]]);
  expect(await list("live/nothing")).toMatchObject({ total: 0, clients: [] });
});
