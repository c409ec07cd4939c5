import { answerRejection } from "@headgate/session";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { peerAt, TestAccess, type Written } from "../test-access.test.helper.ts";
import { UserSecrets } from "../user-secrets.ts";

const ALICE = { user: "alice", password: "s3cret", application: "live" };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Dialogue {
  readonly credentials?: typeof ALICE;
  readonly application?: string;
  /** What the client begins with. */
  readonly query?: string;
  readonly from?: string;
}

/** Three connections, as an encoder makes them. Returns the peer that was let in, or the last refusal. */
async function dialogue(
  access: TestAccess,
  { credentials = ALICE, application = "live", query = "", from = "203.0.113.9" }: Dialogue = {},
) {
  let asked = query;
  const told: string[] = [];
  for (let connections = 1; connections <= 3; connections += 1) {
    const peer = peerAt(from);
    const verdict = await access.connect(application, { query: asked, isEncoder: true, peer });
    if (verdict.kind === "allow") return { peer, identity: verdict.identity, connections, told };
    told.push(verdict.description);
    const answer = answerRejection(verdict.description, { ...credentials, application }, () => "a1b2c3d4");
    if (answer === undefined) return { told, reason: verdict.reason };
    asked = answer.slice(1);
  }
  return { told };
}

const withUsers = (publish: object = {}): Written => ({
  access: { users: { alice: "s3cret" } },
  applications: { "*": { publish } },
});

describe.each(["adobe", "llnw"])("authmod=%s", (authmod) => {
  it.each([
    ["the password", async () => "s3cret"],
    ["its hashes", () => UserSecrets.lines("alice", "s3cret")],
  ])("lets a user of whom the configuration has %s publish", async (_, password) => {
    const access = new TestAccess({
      access: { users: { alice: await password() } },
      applications: { "*": { publish: { authmod } } },
    });
    const { peer, identity, connections, told } = await dialogue(access);
    expect([identity, connections]).toEqual(["alice", 3]);
    expect(told[0]).toBe(`[ AccessManager.Reject ] : [ code=403 need auth; authmod=${authmod} ] : `);
    expect(told[1]).toMatch(
      new RegExp(
        `^\\[ AccessManager\\.Reject \\] : \\[ authmod=${authmod} \\] : \\?reason=needauth&user=alice&`,
      ),
    );
    expect(await access.outcome("publish", "live/cam", peer && { peer })).toBe("allow alice");
  });

  it.each([
    ["a wrong password", { ...ALICE, password: "other" }],
    ["a user that there is not", { ...ALICE, user: "bob" }],
  ])("tells nothing but failure of %s", async (_, credentials) => {
    const { told, reason } = await dialogue(new TestAccess(withUsers({ authmod })), { credentials });
    expect(told[1]).toContain("reason=needauth");
    expect(told[2]).toBe(`[ AccessManager.Reject ] : [ authmod=${authmod} ] : ?reason=authfailed`);
    expect(reason).toBe("CREDENTIALS_INVALID");
  });

  it("is spoken with a client that begins with it, whatever the application prefers", async () => {
    const access = new TestAccess(withUsers({ authmod: authmod === "adobe" ? "llnw" : "adobe" }));
    const { connections } = await dialogue(access, { query: `authmod=${authmod}&user=alice` });
    expect(connections).toBe(2);
  });

  it.each([
    ["p@ss:w/rd", "p%40ss%3Aw%2Frd"],
    ["100% sure!", "100%25%20sure!"],
    ["100% sure!", "100%25%20sure%21"],
    ["a&b=c?", "a&b=c%3F"],
    ["a&b=c?", "a%26b%3Dc%3F"],
    ["grün", "grün"],
    ["grün", "gr%C3%BCn"],
  ])(
    "takes the password %s from a client that hashes it as it stands in the URL, %s",
    async (own, written) => {
      const credentials = { ...ALICE, password: written };
      for (const secret of [own, await UserSecrets.lines("alice", own)]) {
        const access = new TestAccess({
          access: { users: { alice: secret } },
          applications: { "*": { publish: { authmod } } },
        });
        expect(await dialogue(access, { credentials })).toMatchObject({ identity: "alice" });
        expect(await dialogue(access, { credentials: { ...ALICE, password: own } })).toMatchObject({
          identity: "alice",
        });
      }
    },
  );

  it("works for applications of several levels", async () => {
    const { identity } = await dialogue(new TestAccess(withUsers({ authmod })), { application: "live/room" });
    expect(identity).toBe("alice");
  });

  it("takes an answer for a minute, and only for the user who was asked", async () => {
    const access = new TestAccess(withUsers({ authmod }));
    const asked = await access.connect("live", { query: `authmod=${authmod}&user=alice` });
    if (asked.kind !== "deny") throw new Error("it was not asked");
    const answer = answerRejection(asked.description, ALICE, () => "a1b2c3d4")!.slice(1);
    expect(await access.connect("live", { query: answer })).toMatchObject({ kind: "allow" });
    const other = answer.replace("user=alice", "user=bob");
    expect(await access.connect("live", { query: other })).toMatchObject({ reason: "AUTHENTICATION_NEEDED" });
    vi.advanceTimersByTime(60_000);
    expect(await access.connect("live", { query: answer })).toMatchObject({
      reason: "AUTHENTICATION_NEEDED",
    });
  });

  it("stops after many wrong answers from one address", async () => {
    const access = new TestAccess(withUsers({ authmod }));
    const credentials = { ...ALICE, password: "other" };
    for (let count = 0; count < 100; count += 1) await dialogue(access, { credentials });
    expect(await dialogue(access)).toMatchObject({ reason: "TRIES_EXCEEDED" });
    expect(await dialogue(access, { from: "198.51.100.7" })).toMatchObject({ identity: "alice" });
  });
});

describe("encoders are asked for a user and a password", () => {
  it.each<[string, Written, string]>([
    ["where users alone have credentials", withUsers(), "need auth; authmod=adobe"],
    ["not where a key will do", withUsers({ key: "k" }), "allow"],
    ["where the configuration says so", withUsers({ key: "k", authmod: "llnw" }), "need auth; authmod=llnw"],
    ["not where it says no", withUsers({ authmod: "off" }), "allow"],
    ["not where there are no users", {}, "allow"],
    ["not where users may not publish", withUsers({ users: "none" }), "allow"],
  ])("%s", async (_, written, expected) => {
    const verdict = await new TestAccess(written).connect("live", { isEncoder: true });
    expect(verdict.kind === "deny" ? verdict.description : verdict.kind).toContain(expected);
  });

  it("and players are not, nor encoders that bring them", async () => {
    const access = new TestAccess(withUsers());
    expect(await access.connect("live")).toMatchObject({ kind: "allow" });
    expect(await access.connect("live", { isEncoder: true, query: "user=alice&pass=s3cret" })).toMatchObject({
      kind: "allow",
    });
  });
});

describe("in an application whose sessions are passed on", () => {
  const passing = (publish: object = {}) => new TestAccess(withUsers(publish), "origin");

  it.each(["", "authmod=adobe&user=bob", "authmod=llnw&user=bob&nonce=x&response=y"])(
    "the dialogue is left to the server behind: %s",
    async (query) => {
      const access = passing({ authmod: "adobe" });
      expect(await access.connect("live", { isEncoder: true, query })).toEqual({ kind: "allow" });
    },
  );

  it("nothing is asked for, whatever it inherits", async () => {
    const access = passing({ key: "k", deny: "all", allow: "loopback" });
    expect(await access.outcome("publish", "live/cam", { from: "203.0.113.9" })).toBe("allow");
    expect(await access.outcome("play", "live/cam", { from: "203.0.113.9" })).toBe("allow");
  });
});

describe("answers of clients that are not quite right", () => {
  it("of librtmp in Debian, with rubbish behind both texts, are taken", async () => {
    const access = new TestAccess(withUsers());
    const asked = await access.connect("live", { query: "authmod=adobe&user=alice" });
    if (asked.kind !== "deny") throw new Error("it was not asked");
    const answer = answerRejection(asked.description, ALICE, () => "a1b2c3d4")!.slice(1);
    const [, response = ""] = /response=([^&]*)/.exec(answer) ?? [];
    const rubbish = answer.replace("a1b2c3d4", "a1b2c3d4\u0001x").replace(response, `${response}\u0002yz`);
    expect(await access.connect("live", { query: rubbish })).toMatchObject({
      kind: "allow",
      identity: "alice",
    });
  });

  it.each([
    "authmod=adobe",
    "authmod=adobe&user=",
    "authmod=adobe&response=",
    "authmod=x",
    "authmod=llnw&nonce=&response=",
  ])("are refused or asked again: %s", async (query) => {
    const verdict = await new TestAccess(withUsers()).connect("live", { isEncoder: true, query });
    expect(verdict).toMatchObject({ kind: "deny", reason: "AUTHENTICATION_NEEDED" });
  });
});
