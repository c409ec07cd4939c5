import { describe, expect, it } from "vitest";
import { Networks } from "./networks.ts";
import { TestAccess, type Written } from "./test-access.test.helper.ts";

const STRANGER = "203.0.113.9";

const PRIVATE_ADDRESSES = [
  ...["127.0.0.1", "127.255.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.20", "169.254.1.1"],
  ...["::1", "fd00::1", "fc12::1", "fe80::1%eth0", "::ffff:10.0.0.1"],
];
const PUBLIC_ADDRESSES = [
  ...[STRANGER, "172.32.0.1", "11.0.0.1", "100.64.0.1", "192.169.0.1", "0.0.0.0"],
  ...["2001:db8::1", "::ffff:203.0.113.9", "fec0::1", "64:ff9b::a00:1", "", "unknown"],
];

async function mayPublish(written: Written, address: string): Promise<boolean> {
  return (await new TestAccess(written).outcome("publish", "live/cam", { from: address })) === "allow";
}

async function thoseThatMay(written: Written, addresses: readonly string[]): Promise<readonly string[]> {
  const answers = await Promise.all(addresses.map((address) => mayPublish(written, address)));
  return addresses.filter((_, index) => answers[index]);
}

describe("where nothing is configured", () => {
  const all = [...PRIVATE_ADDRESSES, ...PUBLIC_ADDRESSES];

  it("this machine and private networks may publish", async () => {
    expect(await thoseThatMay({}, all)).toEqual(PRIVATE_ADDRESSES);
  });

  it("everybody may play, and connect", async () => {
    const access = new TestAccess({});
    expect(await access.outcome("play", "live/cam", { from: STRANGER })).toBe("allow");
    expect((await access.connect("live", { from: STRANGER })).kind).toBe("allow");
  });

  it("a refused publisher is told what to do", async () => {
    const verdict = await new TestAccess({}).verdict("publish", "live/cam", { from: STRANGER });
    expect(verdict).toMatchObject({
      kind: "deny",
      status: "NetStream.Publish.Denied",
      reason: "PUBLISHING_PRIVATE",
      description: expect.stringContaining("publish.allow: all"),
    });
  });

  it("everybody may publish if something else decides on each request", async () => {
    expect(await new TestAccess({}, "hooks").outcome("publish", "live/cam", { from: STRANGER })).toBe(
      "allow",
    );
  });
});

const inAll = (publish: object): Written => ({ applications: { "*": { publish } } });

describe("addresses of the configuration", () => {
  it.each<[object, readonly string[]]>([
    [{ allow: "all" }, ["203.0.113.9", "198.51.100.7", "2001:db8::1", "10.0.0.1", "127.0.0.1"]],
    [{ allow: "203.0.113.0/24" }, ["203.0.113.9"]],
    [{ allow: ["loopback", "2001:db8::/32"] }, ["2001:db8::1", "127.0.0.1"]],
    [{ allow: ["all"], deny: ["203.0.113.9", "10.0.0.0/8"] }, ["198.51.100.7", "2001:db8::1", "127.0.0.1"]],
    [{ allow: ["203.0.113.9"], deny: "all" }, []],
    [{ allow: ["::ffff:203.0.113.0/120"] }, ["203.0.113.9"]],
    [{ allow: [] }, []],
    [{ deny: "loopback" }, ["10.0.0.1"]],
  ])("%j let publish: %j", async (publish, expected) => {
    const asking = ["203.0.113.9", "198.51.100.7", "2001:db8::1", "10.0.0.1", "127.0.0.1"];
    expect(await thoseThatMay(inAll(publish), asking)).toEqual(expected);
  });

  it("hold for playing and connecting as well", async () => {
    const access = new TestAccess({
      access: { connect: { deny: "198.51.100.0/24" } },
      applications: { "*": { play: { allow: "10.0.0.0/8" } } },
    });
    expect(await access.outcome("play", "live/cam", { from: STRANGER })).toBe("ADDRESS_DENIED");
    expect(await access.outcome("play", "live/cam", { from: "10.0.0.1" })).toBe("allow");
    expect(await access.connect("live", { from: "198.51.100.7" })).toMatchObject({
      reason: "ADDRESS_DENIED",
      status: "NetConnection.Connect.Rejected",
    });
  });

  it("are inherited key by key", async () => {
    const written = {
      applications: {
        "*": { publish: { allow: "all", deny: "203.0.113.0/24" } },
        live: { publish: { key: "k" } },
      },
    };
    expect(await thoseThatMay(written, [STRANGER])).toEqual([]);
    expect(await new TestAccess(written).outcome("publish", "live/cam?key=k", { from: "198.51.100.7" })).toBe(
      "allow",
    );
  });

  it("are those of the stream's application, whichever levels were named in connect", async () => {
    const access = new TestAccess({
      applications: {
        live: { publish: { allow: "all" } },
        "live/private": { publish: { allow: "loopback" } },
      },
    });
    expect(await access.outcome("publish", "live/cam", { from: STRANGER })).toBe("allow");
    expect(await access.outcome("publish", "live/private/cam", { from: STRANGER })).toBe("ADDRESS_DENIED");
  });
});

it("networks are shown as they are written", () => {
  expect(JSON.stringify(new Networks(["private", "10.0.0.0/8"]))).toBe('["private","10.0.0.0/8"]');
});
