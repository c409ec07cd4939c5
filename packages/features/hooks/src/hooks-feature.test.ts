import { afterEach, describe, expect, it } from "vitest";
import { HookedGateway, until } from "./hooked-gateway.test.helper.ts";
import { allow, type Received, Receiver, status } from "./receiver.test.helper.ts";

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function receiver(...options: Parameters<typeof Receiver.start>): Promise<Receiver> {
  const started = await Receiver.start(...options);
  stops.push(() => started.stop());
  return started;
}

function gatewayWith(...written: ConstructorParameters<typeof HookedGateway>): HookedGateway {
  const world = new HookedGateway(...written);
  stops.push(() => world.stop());
  return world;
}

const heardBy = ({ received }: Receiver) => received.map(({ body }) => JSON.parse(body));
const eventsOf = (server: Receiver) =>
  heardBy(server).map(({ event, path }) => [event, path].join(" ").trim());

describe("the files of a recording", () => {
  const FILE = { root: "/recordings", startedMs: 0, durationMs: 0, bytes: 0, reason: undefined };

  it("are told of in the order of what else happens in their publisher's session, and again if nobody hears", async () => {
    let failures = 2;
    const server = await receiver((request, response) => {
      if (isAbout(request, "recordingBegun") && failures > 0) {
        failures -= 1;
        response.writeHead(500).end();
      } else allow(request, response);
    });
    const world = gatewayWith({ hooks: [{ url: server.url }] });
    const client = world.connect("live");
    client.publish("cam?key=s3cret");
    await client.told("NetStream.Publish.Start");
    const stream = world.gateway.streams.get("live/cam")!;
    const { key } = stream;
    const source = world.gateway.sourceOf(stream)!;
    const { recordings } = world.gateway;
    recordings.tell("begun", { ...FILE, key, source, file: "live/cam.mp4" });
    client.pair.far.destroy();
    await until(() => world.gateway.sessions.size === 0);
    const ended = { durationMs: 61_500, bytes: 7_000, reason: "unpublished" };
    recordings.tell("complete", { ...FILE, ...ended, key, source, file: "live/cam.mp4" });
    recordings.tell("failed", { ...FILE, key, source, file: undefined, reason: "ENOSPC" });
    await until(() => eventsOf(server).includes("recordingFailed live/cam"));
    const told = eventsOf(server).filter((event, index, all) => event !== all[index - 1]);
    expect(told).toEqual([
      "connect",
      "publish live/cam",
      "recordingBegun live/cam",
      "unpublish live/cam",
      "close",
      "recordingComplete live/cam",
      "recordingFailed live/cam",
    ]);
    expect(heardBy(server).at(-2)).toMatchObject({
      address: "192.0.2.7",
      query: "key=s3cret",
      file: "live/cam.mp4",
      filePath: "/recordings/live/cam.mp4",
      fileStarted: "1970-01-01T00:00:00.000Z",
      fileDurationMs: 61_500,
      fileBytes: 7_000,
      reason: "unpublished",
    });
    expect(heardBy(server).at(-1)).toMatchObject({ reason: "ENOSPC" });
    expect(heardBy(server).at(-1)).not.toHaveProperty("file");
    expect(world.gateway.faults.total).toBe(0);
  });

  it("are told of in order where nobody publishes, as after a crash, in every dialect that knows them", async () => {
    const hooks = await Promise.all(["headgate", "srs", "nginx-rtmp"].map(() => receiver()));
    const dialects = ["headgate", "srs", "nginx-rtmp"] as const;
    const events = [{}, {}, { events: ["recordingComplete"] }];
    const world = gatewayWith({
      hooks: hooks.map(({ url }, index) => ({ url, dialect: dialects[index], ...events[index] })),
    });
    const key = world.gateway.keyOf("live/cam");
    if (typeof key === "string") throw new Error(key);
    for (const [what, file] of [
      ["complete", "a.flv"],
      ["failed", "b.flv"],
      ["complete", "c.flv"],
    ] as const)
      world.gateway.recordings.tell(what, { ...FILE, key, source: { query: "" }, file });
    await until(() => hooks.every(({ received }, index) => received.length === [3, 2, 2][index]));
    expect(heardBy(hooks[0]!).map(({ event, file, seq }) => [event, file, seq])).toEqual([
      ["recordingComplete", "a.flv", 1],
      ["recordingFailed", "b.flv", 2],
      ["recordingComplete", "c.flv", 3],
    ]);
    expect(heardBy(hooks[1]!).map(({ action, file, app }) => [action, file, app])).toEqual([
      ["on_dvr", "./a.flv", "live"],
      ["on_dvr", "./c.flv", "live"],
    ]);
    expect(hooks[2]!.received.map(({ body }) => new URLSearchParams(body).get("path"))).toEqual([
      "/recordings/a.flv",
      "/recordings/c.flv",
    ]);
  });
});

describe("a session whose requests are allowed", () => {
  it("is asked about and told of in order, each with its number", async () => {
    const server = await receiver();
    const world = gatewayWith({ hooks: [{ url: server.url }] });
    const client = world.connect("live");
    client.publish("cam?key=s3cret");
    await client.told("NetStream.Publish.Start");
    client.pair.far.destroy();
    await until(() => server.received.length === 4);
    expect(eventsOf(server)).toEqual(["connect", "publish live/cam", "unpublish live/cam", "close"]);
    expect(heardBy(server).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(new Set(heardBy(server).map(({ session }) => session)).size).toBe(1);
    expect(heardBy(server)[2]).toMatchObject({ query: "key=s3cret", address: "192.0.2.7" });
    expect(world.logText).not.toContain("s3cret");
    expect(world.gateway.faults.total).toBe(0);
  });

  it("may be renamed; all else happens under the new name", async () => {
    const server = await receiver((request, response) =>
      response.end(JSON.stringify({ allow: true, ...(isAbout(request, "publish") && { name: "other" }) })),
    );
    const world = gatewayWith({ hooks: [{ url: server.url }] });
    const client = world.connect("live");
    client.publish("cam");
    await client.told("NetStream.Publish.Start");
    expect([...world.gateway.streams.keys()]).toEqual(["live/other"]);
    client.pair.far.destroy();
    await until(() => eventsOf(server).includes("close"));
    expect(eventsOf(server)).toEqual(["connect", "publish live/cam", "unpublish live/other", "close"]);
  });

  it("may get another application, limits and a name, from several hooks", async () => {
    const answers = [
      { allow: true, identity: "studio", limits: { maxViewers: 10, maxBitrate: 1_000_000 } },
      { allow: true, limits: { maxViewers: 5 }, pushTo: ["rtmp://192.0.2.9/live/cam"] },
    ];
    const hooks = await Promise.all(
      answers.map((answer) =>
        receiver((request, response) =>
          response.end(JSON.stringify(isAbout(request, "connect") ? { allow: true, name: "other" } : answer)),
        ),
      ),
    );
    const world = gatewayWith({ hooks: hooks.map(({ url }) => ({ url })) });
    const sources: unknown[] = [];
    world.gateway.observe({ published: (_, { grants }) => sources.push(grants) });
    const client = world.connect("live");
    client.publish("cam");
    await client.told("NetStream.Publish.Start");
    expect([...world.gateway.streams.keys()]).toEqual(["other/cam"]);
    expect(sources).toEqual([
      {
        identity: "studio",
        limits: { maxViewers: 5, maxBitrate: 1_000_000 },
        pushTo: ["rtmp://192.0.2.9/live/cam"],
      },
    ]);
    expect(heardBy(hooks[1]!).map(({ application, identity }) => [application, identity])).toEqual([
      ["other", undefined],
      ["other", "studio"],
    ]);
  });

  it("is asked of all hooks, and of those of its application", async () => {
    const [first, second, third] = [await receiver(), await receiver(), await receiver()];
    const world = gatewayWith({
      hooks: [{ url: first.url, dialect: "srs" }],
      applications: {
        live: [{ url: second.url, dialect: "mediamtx" }],
        other: [{ url: third.url, dialect: "nginx-rtmp" }],
      },
    });
    const client = world.connect("live");
    client.play("cam");
    await client.told("NetStream.Play.Start");
    expect(first.received.map(({ body }) => JSON.parse(body).action)).toEqual(["on_connect", "on_play"]);
    expect(second.received.map(({ body }) => JSON.parse(body).action)).toEqual(["read"]);
    expect(third.received).toEqual([]);
  });
});

describe("a session whose request is denied", () => {
  it.each([
    ["publish", "NetStream.Publish.Denied"],
    ["play", "NetStream.Play.Failed"],
  ] as const)("to %s is told so, and nothing of what the hook has said", async (request, code) => {
    const server = await receiver(status(403, "swordfish"));
    const world = gatewayWith({ hooks: [{ url: server.url, events: [request] }] });
    const client = world.connect("live");
    client[request]("cam?key=s3cret");
    await client.told(code);
    expect(JSON.stringify(client.statuses)).not.toMatch(/swordfish|s3cret/);
    const refusals = world.log.filter(({ reason }) => reason === "HOOK_DENIED");
    expect(refusals).toHaveLength(1);
    expect(world.log.filter(({ msg }) => msg === "hook refused")).toHaveLength(1);
  });

  it("to connect is rejected and ends", async () => {
    const server = await receiver(status(403));
    const client = gatewayWith({ hooks: [{ url: server.url }] }).connect("live");
    await client.told("NetConnection.Connect.Rejected");
    await until(() => client.isClosed);
  });

  it("by the second hook leaves the first with a stop of what it has allowed, and nobody else", async () => {
    const [first, second, third] = [await receiver(), await receiver(status(403)), await receiver()];
    const events = ["publish", "unpublish"];
    const world = gatewayWith({
      hooks: [{ url: first.url }, { url: second.url, events }, { url: third.url, events }],
    });
    const client = world.connect("live");
    client.publish("cam");
    await client.told("NetStream.Publish.Denied");
    client.pair.far.destroy();
    await until(() => first.received.length === 4);
    expect(eventsOf(first)).toEqual(["connect", "publish live/cam", "unpublish live/cam", "close"]);
    expect(eventsOf(second)).toEqual(["publish live/cam"]);
    expect(eventsOf(third)).toEqual([]);
  });
});

describe("a session whose connect is allowed and then comes to nothing", () => {
  it("is told of as closed to the hook that allowed it, and not to the one that refused", async () => {
    const [first, second, teller] = [await receiver(), await receiver(status(403)), await receiver()];
    const world = gatewayWith({
      hooks: [{ url: first.url }, { url: second.url }, { url: teller.url, events: ["close"] }],
    });
    const client = world.connect("live");
    await client.told("NetConnection.Connect.Rejected");
    await until(() => client.isClosed && first.received.length + teller.received.length === 3);
    expect([first, second, teller].map(eventsOf)).toEqual([["connect", "close"], ["connect"], ["close"]]);
    expect(heardBy(first)[1]).toMatchObject({ reason: "HOOK_DENIED", application: "live" });
  });

  it("is closed for a hook whose answer comes after the client has gone", async () => {
    let answer = (): void => {};
    const server = await receiver((request, response) => {
      if (isAbout(request, "connect")) answer = () => allow(request, response);
      else allow(request, response);
    });
    const world = gatewayWith({ hooks: [{ url: server.url }] });
    const client = world.connect("live");
    await until(() => server.received.length === 1);
    client.pair.far.destroy();
    await until(() => world.gateway.connections === 0);
    expect(eventsOf(server)).toEqual(["connect"]);
    answer();
    await until(() => server.received.length === 2);
    expect(eventsOf(server)).toEqual(["connect", "close"]);
  });

  it("is no news for hooks that have refused it", async () => {
    const [server, teller] = [await receiver(status(403)), await receiver()];
    const world = gatewayWith({ hooks: [{ url: server.url }, { url: teller.url, events: ["close"] }] });
    const client = world.connect("live");
    await until(() => client.isClosed);
    await world.feature.close?.();
    expect([server, teller].map(eventsOf)).toEqual([["connect"], []]);
  });
});

describe("a session that ends while a hook thinks", () => {
  it("is stopped after it has started", async () => {
    let answer = (): void => {};
    const server = await receiver((request, response) => {
      if (isAbout(request, "publish")) answer = () => allow(request, response);
      else allow(request, response);
    });
    const world = gatewayWith({ hooks: [{ url: server.url }] });
    const client = world.connect("live");
    client.publish("cam");
    await until(() => server.received.length === 2);
    client.pair.far.destroy();
    await until(() => world.gateway.connections === 0);
    expect(server.received).toHaveLength(2);
    answer();
    await until(() => server.received.length === 4);
    expect(eventsOf(server)).toEqual(["connect", "publish live/cam", "unpublish live/cam", "close"]);
  });
});

describe("a hook that is slow", () => {
  it("holds its own session only, and what an impatient encoder sends meanwhile is kept", async () => {
    let answer = (): void => {};
    const server = await receiver((request, response) => {
      if (request.body.includes('"slow"')) answer = () => allow(request, response);
      else allow(request, response);
    });
    const world = gatewayWith({ hooks: [{ url: server.url, events: ["publish"] }] });
    const [viewer, slowViewer] = [world.connect("live"), world.connect("live")];
    viewer.play("quick");
    slowViewer.play("slow");
    const impatient = world.connect("live");
    impatient.publish("slow");
    for (let i = 0; i < 100; i += 1) impatient.picture(i * 40);
    await until(() => server.received.length === 1);
    const quick = world.connect("live");
    quick.publish("quick");
    for (let i = 0; i < 100; i += 1) quick.picture(i * 40);
    await until(() => viewer.pictures.length === 100);
    expect(slowViewer.pictures).toEqual([]);
    expect(impatient.statuses.map(({ code }) => code)).toEqual(["NetConnection.Connect.Success"]);
    answer();
    await impatient.told("NetStream.Publish.Start");
    await until(() => slowViewer.pictures.length === 100);
    expect(slowViewer.pictures).toEqual(Array.from({ length: 100 }, (_, index) => index * 40));
  });
});

describe("an outage", () => {
  it("ends no session, and what the hook has missed is told afterwards", async () => {
    const server = await receiver();
    const world = gatewayWith({
      hooks: [
        {
          url: server.url,
          dialect: "nginx-rtmp",
          events: ["publish", "update", "unpublish", "done"],
          updateInterval: "1s",
        },
      ],
    });
    const client = world.connect("live");
    client.publish("cam");
    await client.told("NetStream.Publish.Start");
    const { port } = server;
    await server.stop();
    stops.splice(0, 1);
    const before = failures(world);
    await until(() => failures(world) > before);
    expect(client.isClosed).toBe(false);
    client.pair.far.destroy();
    await until(() => world.gateway.connections === 0);
    const again = await receiver(allow, port);
    await until(() => again.received.length === 2);
    expect(again.received.map(({ body }) => new URLSearchParams(body).get("call"))).toEqual([
      "publish_done",
      "done",
    ]);
  });
});

describe("an update", () => {
  it("that a hook refuses ends the session", async () => {
    const server = await receiver((request, response) => {
      const isUpdate = request.body.includes("call=update_publish");
      response.writeHead(isUpdate ? 404 : 200).end();
    });
    const world = gatewayWith({
      hooks: [
        { url: server.url, dialect: "nginx-rtmp", events: ["publish", "update"], updateInterval: "1s" },
      ],
    });
    const client = world.connect("live");
    client.publish("cam");
    await client.told("NetStream.Publish.Denied");
    await until(() => client.isClosed);
    expect(world.log.filter(({ msg }) => msg === "hook ended the session")).toHaveLength(1);
  });
});

describe("another configuration", () => {
  it("counts at once, and hooks that stay go on where they were", async () => {
    const [kept, gone, added] = [await receiver(), await receiver(), await receiver()];
    const world = gatewayWith({ hooks: [{ url: kept.url }, { url: gone.url }] });
    const client = world.connect("live");
    await client.told("NetConnection.Connect.Success");
    world.reconfigure({ hooks: [{ url: kept.url }, { url: added.url, events: ["publish", "unpublish"] }] });
    client.publish("cam");
    await client.told("NetStream.Publish.Start");
    client.pair.far.destroy();
    await until(() => kept.received.length === 4 && added.received.length === 2);
    expect(heardBy(kept).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(eventsOf(added)).toEqual(["publish live/cam", "unpublish live/cam"]);
    expect(eventsOf(gone).filter((event) => event !== "close")).toEqual(["connect"]);
  });

  it("closes no server that a request which is being decided has still to ask", async () => {
    let answer = (): void => {};
    const first = await receiver((request, response) => {
      answer = () => allow(request, response);
    });
    const second = await receiver();
    const hooks = [first, second].map(({ url }) => ({ url, events: ["publish"] }));
    const world = gatewayWith({ hooks });
    const client = world.connect("live");
    client.publish("cam");
    await until(() => first.received.length === 1);
    world.reconfigure({ hooks: hooks.slice(0, 1) });
    answer();
    await client.told("NetStream.Publish.Start");
    expect(second.received).toHaveLength(1);
    expect(world.gateway.faults.total).toBe(0);
  });

  it("may have no hooks any more", async () => {
    const server = await receiver(status(403));
    const world = gatewayWith({ hooks: [{ url: server.url, events: ["publish"] }] });
    world.reconfigure({});
    const client = world.connect("live");
    client.publish("cam");
    await client.told("NetStream.Publish.Start");
    expect(server.received).toEqual([]);
  });
});

function isAbout({ body }: Received, event: string): boolean {
  return JSON.parse(body).event === event;
}

function failures(world: HookedGateway): number {
  const metric = world.feature.metrics?.find(({ name }) => name === "headgate_hook_failures_total");
  return [...(metric!.read() as ReadonlyMap<string, number>).values()].reduce((sum, each) => sum + each, 0);
}
