import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hashLine } from "./secret-text.ts";
import { signatureFor } from "./signed-url/signed-url.ts";
import { configOf, peerAt, TestAccess, type Written } from "./test-access.test.helper.ts";
import { UserSecrets } from "./user-secrets.ts";

const STRANGER = { from: "203.0.113.9" };

const forPublishing = (publish: object, access: object = {}): Written => ({
  access,
  applications: { live: { publish }, "*": {} },
});

describe("a key", () => {
  it.each([
    ["as it is", "s3cret"],
    ["as its hash", hashLine("s3cret")],
  ])("%s lets publish from everywhere, and nothing else does", async (_, key) => {
    const access = new TestAccess(forPublishing({ key }));
    const outcomes = ["?key=s3cret", "", "?key=", "?key=S3cret", "?key=s3cre", "?user=s3cret"].map((query) =>
      access.outcome("publish", `live/cam${query}`, STRANGER),
    );
    expect(await Promise.all(outcomes)).toEqual([
      "allow",
      "CREDENTIALS_MISSING",
      "CREDENTIALS_INVALID",
      "CREDENTIALS_INVALID",
      "CREDENTIALS_INVALID",
      "CREDENTIALS_MISSING",
    ]);
  });

  it("may stand on the application, and that on the stream counts first", async () => {
    const access = new TestAccess(forPublishing({ key: "s3cret" }));
    const query = "key=s3cret";
    expect(await access.outcome("publish", "live/cam", { query })).toBe("allow");
    expect(await access.outcome("publish", "live/cam?key=other", { query })).toBe("CREDENTIALS_INVALID");
  });

  it("with a name says who has it", async () => {
    const access = new TestAccess(forPublishing({ keys: { studio: "one", van: hashLine("two") } }));
    expect(await access.outcome("publish", "live/cam?key=one")).toBe("allow studio");
    expect(await access.outcome("publish", "live/cam?key=two")).toBe("allow van");
    expect(await access.outcome("publish", "live/cam?key=studio")).toBe("CREDENTIALS_INVALID");
  });

  it.each(["a b", "a+b/c=", "ä&ö", "100%"])("may have any characters, percent-encoded: %s", async (key) => {
    const access = new TestAccess(forPublishing({ key }));
    expect(await access.outcome("publish", `live/cam?key=${encodeURIComponent(key)}`)).toBe("allow");
  });

  it("does not open addresses that are refused", async () => {
    const access = new TestAccess(forPublishing({ key: "s3cret", allow: "10.0.0.0/8" }));
    expect(await access.outcome("publish", "live/cam?key=s3cret", STRANGER)).toBe("ADDRESS_DENIED");
    expect(await access.outcome("publish", "live/cam", { from: "10.0.0.1" })).toBe("CREDENTIALS_MISSING");
  });

  it("for publishing is not asked of players, and the other way round", async () => {
    const access = new TestAccess({
      applications: { live: { publish: { key: "p" }, play: { key: "w" } }, "*": {} },
    });
    expect(await access.outcome("play", "live/cam?key=w")).toBe("allow");
    expect(await access.outcome("play", "live/cam?key=p")).toBe("CREDENTIALS_INVALID");
    expect(await access.outcome("publish", "live/cam?key=w")).toBe("CREDENTIALS_INVALID");
  });

  it("is asked for with words that say how", async () => {
    const verdict = await new TestAccess(forPublishing({ key: "s3cret" })).verdict("publish", "live/cam");
    expect(verdict).toMatchObject({
      status: "NetStream.Publish.Denied",
      description: "Publishing this stream needs ?key=KEY behind the stream's name.",
    });
  });
});

describe("a user's password", () => {
  it.each([
    ["as it is", async () => "s3cret"],
    ["as its hashes", () => UserSecrets.lines("alice", "s3cret")],
    ["as the hash of authmod alone", async () => (await UserSecrets.lines("alice", "s3cret"))[1]],
  ])("%s lets publish, and names the user", async (_, password) => {
    const access = new TestAccess({ access: { users: { alice: await password() } } });
    const ask = (query: string) => access.outcome("publish", `live/cam?${query}`, STRANGER);
    expect(await ask("user=alice&pass=s3cret")).toBe("allow alice");
    expect(await ask("user=alice&password=s3cret")).toBe("allow alice");
    expect(await ask("user=alice&pass=s3cret!")).toBe("CREDENTIALS_INVALID");
    expect(await ask("user=bob&pass=s3cret")).toBe("CREDENTIALS_INVALID");
    expect(await ask("user=alice")).toBe("CREDENTIALS_MISSING");
    // Once more: a password that was right is known.
    expect(await ask("user=alice&pass=s3cret")).toBe("allow alice");
    expect(await ask("user=alice&pass=wrong")).toBe("CREDENTIALS_INVALID");
  });

  it("lets publish what is for this user, and play nothing by itself", async () => {
    const access = new TestAccess({
      access: { users: { alice: "a", bob: "b" } },
      applications: { live: { publish: { users: ["alice"] } }, closed: { play: { users: "all" } }, "*": {} },
    });
    expect(await access.outcome("publish", "live/cam?user=bob&pass=b")).toBe("NOT_PERMITTED");
    expect(await access.outcome("publish", "other/cam?user=bob&pass=b")).toBe("allow bob");
    expect(await access.outcome("play", "live/cam")).toBe("allow");
    expect(await access.outcome("play", "closed/cam")).toBe("CREDENTIALS_MISSING");
    expect(await access.outcome("play", "closed/cam?user=bob&pass=b")).toBe("allow bob");
  });

  it("is hashed for a few at once: of more than that the rest is refused, and who comes from elsewhere is served", async () => {
    const access = new TestAccess({ access: { users: { alice: await UserSecrets.lines("alice", "a") } } });
    const ask = (from: string, pass: string) =>
      access.outcome("publish", `live/cam?user=alice&pass=${pass}`, { from });
    const many = Array.from({ length: 40 }, () => ask("10.0.0.1", "x"));
    expect(await ask("10.0.0.2", "a")).toBe("allow alice");
    expect(new Set(await Promise.all(many))).toEqual(new Set(["CREDENTIALS_INVALID"]));
    const more = Array.from({ length: 70 }, () => ask("10.0.0.3", "x"));
    expect((await Promise.all(more)).filter((reason) => reason === "PASSWORDS_BUSY")).toHaveLength(4);
  });
});

describe("several kinds of credentials", () => {
  const signedUrl = { preset: "nms", secret: "s3cret" };
  const written = {
    access: { users: { alice: "a" } },
    applications: { live: { publish: { key: "k", signedUrl } }, "*": {} },
  };

  it("are as good as each other", async () => {
    const access = new TestAccess(written);
    const options = configOf(written).applications.get("live")!.publish.signedUrl;
    const resource = { path: "live/cam", stream: "cam", remoteAddress: "" };
    if (options.preset === "off") throw new Error("it is configured");
    const signature = (ms: number) =>
      signatureFor({ ...options, preset: options.preset as "nms" }, resource, Date.now() + ms);
    expect(await access.outcome("publish", "live/cam?key=k")).toBe("allow");
    expect(await access.outcome("publish", "live/cam?user=alice&pass=a")).toBe("allow alice");
    expect(await access.outcome("publish", `live/cam?${signature(60_000)}`)).toBe("allow");
    expect(await access.outcome("publish", `live/cam?${signature(-60_000)}`)).toBe("CREDENTIALS_EXPIRED");
    expect(await access.outcome("publish", `live/other?${signature(60_000)}`)).toBe("CREDENTIALS_INVALID");
    expect(await access.outcome("publish", "live/cam?key=x&user=alice&pass=a")).toBe("allow alice");
    expect(await access.outcome("publish", "live/cam?key=x&user=alice&pass=x")).toBe("CREDENTIALS_INVALID");
  });

  it("are asked for together", async () => {
    expect(await new TestAccess(written).verdict("publish", "live/cam")).toMatchObject({
      description:
        "Publishing this stream needs ?key=KEY behind the stream's name, or a user and a password (?user=NAME&pass=PASSWORD), or a signed URL.",
    });
  });
});

describe("wrong credentials", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("that are cut off are told to be", async () => {
    const access = new TestAccess(forPublishing({ key: "s3cret" }));
    const long = `key=${"x".repeat(1013)}`;
    expect(await access.outcome("publish", `live/cam?${long}`)).toBe("CREDENTIALS_CUT_OFF");
    const peer = peerAt("127.0.0.1", long);
    expect(await access.outcome("publish", "live/cam", { peer })).toBe("CREDENTIALS_CUT_OFF");
    expect(await access.outcome("publish", `live/cam?key=s3cret&x=${long}`)).toBe("allow");
  });

  it("can be tried so often from one address, and others go on", async () => {
    const access = new TestAccess(forPublishing({ key: "s3cret" }));
    const ask = (key: string, from = "2001:db8::1") =>
      access.outcome("publish", `live/cam?key=${key}`, { from });
    for (let count = 0; count < 100; count += 1) expect(await ask("x")).toBe("CREDENTIALS_INVALID");
    expect(await ask("x")).toBe("TRIES_EXCEEDED");
    expect(await ask("s3cret", "2001:db8::2")).toBe("TRIES_EXCEEDED");
    expect(await ask("s3cret", "2001:db8:1::1")).toBe("allow");
    vi.advanceTimersByTime(1000);
    expect(await ask("s3cret")).toBe("allow");
    for (let count = 0; count < 5; count += 1) expect(await ask("x")).toBe("CREDENTIALS_INVALID");
    expect(await ask("x")).toBe("TRIES_EXCEEDED");
  });

  it("that are missing are no tries", async () => {
    const access = new TestAccess(forPublishing({ key: "s3cret" }));
    for (let count = 0; count < 200; count += 1)
      expect(await access.outcome("publish", "live/cam")).toBe("CREDENTIALS_MISSING");
  });
});

it("another configuration holds for requests from then on", async () => {
  const access = new TestAccess(forPublishing({ key: "old" }));
  access.access.configure(configOf(forPublishing({ key: "new" })));
  expect(await access.outcome("publish", "live/cam?key=old")).toBe("CREDENTIALS_INVALID");
  expect(await access.outcome("publish", "live/cam?key=new")).toBe("allow");
});

it("no secret is shown with the configuration", async () => {
  const users = { alice: "S3CRET", bob: await UserSecrets.lines("bob", "S3CRET") };
  const publish = { key: "S3CRET", keys: { a: "S3CRET", b: hashLine("S3CRET") } };
  const signedUrl = { preset: "nms", secret: ["S3CRET"] };
  const written = {
    access: { users, jwt: { secret: "S3CRET".repeat(4) } },
    applications: { live: { publish, play: { signedUrl } } },
  };
  const asShown = (_key: string, value: unknown) =>
    value instanceof Map ? Object.fromEntries(value) : value;
  const shown = JSON.stringify(configOf(written), asShown);
  expect(shown).toContain("(secret)");
  for (const secret of ["S3CRET", hashLine("S3CRET").slice(7), ...users.bob])
    expect(shown).not.toContain(secret);
});

it.each([
  [{ key: 12345 }],
  [{ key: "sha256:12" }],
  [{ key: "x".repeat(513) }],
  [{ keys: { "": "x" } }],
  [{ keys: { "a b": "x" } }],
  [{ keys: ["x"] }],
  [{ allow: "10.0.0.0/33" }],
  [{ allow: ["everybody"] }],
  [{ users: "alice" }],
  [{ signedUrl: { preset: "apache" } }],
])("is a mistake: %j", (publish) => {
  expect(() => configOf(forPublishing(publish))).toThrow(/^headgate.yaml:1:\d+ /);
});

it.each([
  [{ alice: "scrypt:x" }],
  [{ alice: [] }],
  [{ alice: ["a", "b"] }],
  [{ "a b": "x" }],
  [{ alice: 5 }],
])("are no users: %j", (users) => {
  expect(() => configOf({ access: { users } })).toThrow("/access/users: must be names");
});
