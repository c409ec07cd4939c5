import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PlayerRequest } from "./player-request.ts";
import { ALLOW, deny, type Policy } from "./policy.ts";
import type { Session } from "./session.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const onKicked = vi.fn();

function request(path: string, more: Partial<PlayerRequest> = {}): PlayerRequest {
  return {
    transport: "http",
    remoteAddress: "192.0.2.7",
    remotePort: 4_000,
    host: "example.org",
    path,
    query: "",
    pageUrl: "https://example.org/page",
    client: "Browser/1",
    bytesSent: () => 17,
    onKicked,
    ...more,
  };
}

/** A gateway that writes down what its policies are asked and what its observers hear. */
function gatewayWith(policy: Partial<Policy> = {}): { world: TestGateway; heard: string[] } {
  const world = new TestGateway();
  const heard: string[] = [];
  world.gateway.addPolicy({ name: "test", ...policy });
  const note = (what: string) => (session: Session) => {
    heard.push(`${what} ${session.transport} ${session.uses.map(({ key }) => key.path).join()}`.trim());
  };
  world.gateway.observeSessions({
    connected: note("connected"),
    played: note("played"),
    stopped: note("stopped"),
    closed: (_, reason) => heard.push(`closed ${reason}`),
    failed: (_, reason) => heard.push(`failed ${reason}`),
  });
  return { world, heard };
}

it("a player over HTTP is a session from the verdict to the end of its reply", async () => {
  const { world, heard } = gatewayWith();
  const play = await world.gateway.requestPlay(request("live/cam/a.mp4"));
  expect(play).toMatchObject({ kind: "allow", key: { path: "live/cam/a.mp4" } });
  expect([...world.gateway.sessions.values()]).toMatchObject([
    { transport: "http", bytesSent: 17, connect: { tcUrl: "http://example.org/live", application: "live" } },
  ]);
  for (let times = 0; times < 2; times += 1) if (play.kind === "allow") play.end();
  expect(heard).toEqual([
    "connected http",
    "played http live/cam/a.mp4",
    "stopped http",
    "closed request done",
  ]);
  expect(world.gateway.sessions.size).toBe(0);
});

it("the policies are asked as for connect and play, with the query as credential", async () => {
  const asked: unknown[] = [];
  const { world } = gatewayWith({
    connect: ({ request: { application, virtualHost }, peer: { remoteAddress } }) => {
      asked.push([application, virtualHost, remoteAddress]);
      return ALLOW;
    },
    play: async ({ key, stream, grants }) => {
      asked.push([key.path, stream, grants]);
      return ALLOW;
    },
  });
  await world.gateway.requestPlay(request("live/cam.flv", { query: "key=secret" }));
  expect(asked).toEqual([
    ["live", "example.org", "192.0.2.7"],
    ["live/cam.flv", { name: "cam.flv", query: "key=secret", written: "cam.flv" }, expect.anything()],
  ]);
  expect(world.logText).not.toContain("secret");
});

it.each(["connect", "play"] as const)(
  "what a policy refuses at %s is refused, and logged",
  async (question) => {
    const givenBack = vi.fn();
    const { world, heard } = gatewayWith({
      connect: ({ reservations }) => {
        reservations.add(givenBack);
        return ALLOW;
      },
    });
    world.gateway.addPolicy({
      name: "last",
      [question]: () => deny("NetStream.Play.Failed", "ADDRESS_DENIED"),
    });
    expect(await world.gateway.requestPlay(request("live/cam.mp4"))).toMatchObject({
      kind: "deny",
      reason: "ADDRESS_DENIED",
    });
    expect(heard).toEqual(["failed ADDRESS_DENIED"]);
    expect(givenBack).toHaveBeenCalledOnce();
    expect(world.story).toEqual(["play refused"]);
    expect(world.gateway.refusals.get("ADDRESS_DENIED")).toBe(1);
  },
);

it("a policy may name another stream, or another application", async () => {
  const { world } = gatewayWith({
    play: ({ keyOf }) => {
      const key = keyOf("other.mp4");
      return typeof key === "string" ? ALLOW : { kind: "allow", key, identity: "bob" };
    },
  });
  expect(await world.gateway.requestPlay(request("live/cam.mp4"))).toMatchObject({
    key: { path: "live/other.mp4" },
  });
  expect([...world.gateway.sessions.values()]).toMatchObject([{ identity: "bob" }]);
});

it("what no policy answers in time, or a policy fails to answer, is refused", async () => {
  const { world } = gatewayWith({ play: () => new Promise(() => {}) });
  const answer = world.gateway.requestPlay(request("live/cam.mp4"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await answer).toMatchObject({ reason: "POLICY_TIMED_OUT" });
  const failing = gatewayWith({
    connect: () => {
      throw new Error("broken");
    },
  });
  expect(await failing.world.gateway.requestPlay(request("live/cam.mp4"))).toMatchObject({
    reason: "POLICY_FAILED",
  });
});

it.each([
  ["unknown/cam.mp4", "APPLICATION_UNKNOWN"],
  ["live/../etc/passwd.mp4", "NAME_INVALID"],
  ["", "NAME_INVALID"],
])("%s is no stream", async (path, reason) => {
  const { world, heard } = gatewayWith();
  expect(await world.gateway.requestPlay(request(path))).toMatchObject({ kind: "deny", reason });
  expect(heard).toEqual([]);
});

it("an application that wants to know a player's SWF has no player over HTTP", async () => {
  const swfVerification = [{ hash: new Uint8Array(32), size: 1 }];
  const world = new TestGateway({ application: { swfVerification } });
  expect(await world.gateway.requestPlay(request("live/cam.mp4"))).toMatchObject({
    reason: "SWF_NOT_VERIFIED",
  });
});

it("a session that is kicked cuts off its reply", async () => {
  const { world, heard } = gatewayWith();
  const play = await world.gateway.requestPlay(request("live/cam.mp4"));
  const [session] = world.gateway.sessions.values();
  session!.endUse(session!.uses[0]!, "BANNED", "NetStream.Play.Failed", "You are banned.");
  expect(onKicked).toHaveBeenCalledOnce();
  if (play.kind === "allow") play.end();
  expect(heard.at(-1)).toBe("closed BANNED");
});
