import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Parameters } from "../parameters.ts";
import { SigningSecrets } from "../signing-secrets.ts";
import { TestAccess } from "../test-access.test.helper.ts";
import {
  PRESET_NAMES,
  type PresetName,
  type SignedUrlOptions,
  signatureFor,
  verifySignature,
} from "./signed-url.ts";

type Signing = SignedUrlOptions & { readonly preset: PresetName };

function signing(preset: PresetName, secret: string, rest: Partial<SignedUrlOptions> = {}): Signing {
  return {
    hash: "auto",
    prefix: "",
    expression: "$secure_link_expires$uri $secret",
    validityMs: 1_800_000,
    ...rest,
    preset,
    secret: new SigningSecrets([secret]),
  };
}

const resource = (path: string, remoteAddress = "203.0.113.9") => ({
  path,
  stream: path.slice(path.indexOf("/") + 1),
  remoteAddress,
});

const EXPIRES = 1_740_562_218;

interface Vector {
  readonly what: string;
  readonly options: Signing;
  readonly path: string;
  readonly query: string;
  readonly expires: number;
}

/** As the documentation, the tools or the signers of these servers give them. */
const VECTORS: readonly Vector[] = [
  {
    what: "node-media-server",
    options: signing("nms", "secret"),
    path: "live/test",
    query: "sign=1740562218-b239e2ee24ef478d9213cb4a08199bef",
    expires: EXPIRES,
  },
  {
    what: "Tencent Cloud",
    options: signing("tencent", "e12c46f2612d5106e2034781ab261ca3"),
    path: "live/test",
    query: "txSecret=f85a2ab363fe4deaffef9754d79da6fe&txTime=5C271099",
    expires: 0x5c271099,
  },
  {
    what: "Aliyun",
    options: signing("aliyun", "secretkey"),
    path: "live/test",
    query: "auth_key=1740562218-0-0-5d8b0b9c73a38fb2084e8df74c510b72",
    expires: EXPIRES + 1800,
  },
  {
    what: "Wowza",
    options: signing("wowza", "mysecret"),
    path: "live/test",
    query: "wowzatokenendtime=1740562218&wowzatokenhash=b5RNcn9UdkqxEgxT2iYExtJ_Plgq7n5maRTr8ALdS1I=",
    expires: EXPIRES,
  },
];

describe.each(VECTORS)("a URL of $what", ({ options, path, query, expires }) => {
  const judged = (parameters: string, nowSeconds: number, of = path) =>
    verifySignature(options, new Parameters(parameters), resource(of), nowSeconds * 1000);

  it("is valid until it expires, and told apart then", () => {
    expect([expires - 1, expires].map((now) => judged(query, now))).toEqual(["valid", "expired"]);
  });

  it("is valid for no other stream, and no other secret", () => {
    expect(judged(query, expires - 1, "live/other")).toBe("invalid");
    const other = { ...options, secret: new SigningSecrets(["abcd"]) };
    expect(verifySignature(other, new Parameters(query), resource(path), 0)).toBe("invalid");
  });

  it("is invalid with a digit changed, wherever that is", () => {
    for (const [index, character] of [...query].entries()) {
      if (!/[0-9a-f]/i.test(character) || index <= query.indexOf("=")) continue;
      const changed = query.slice(0, index) + (character === "1" ? "2" : "1") + query.slice(index + 1);
      expect(judged(changed, 1), changed).not.toBe("valid");
    }
  });
});

describe.each(PRESET_NAMES)("what is signed for %s", (preset) => {
  const secrets = ["0123456789abcdef", "fedcba9876543210"];

  it("is valid until then, with this secret or one that was used before", () => {
    const query = signatureFor(signing(preset, secrets[0]!), resource("live/a/b"), EXPIRES * 1000);
    const now = { ...signing(preset, ""), secret: new SigningSecrets([secrets[1]!, secrets[0]!]) };
    const outcomes = [EXPIRES - 1, EXPIRES].map((seconds) =>
      verifySignature(now, new Parameters(query), resource("live/a/b"), seconds * 1000),
    );
    expect(outcomes).toEqual(["valid", "expired"]);
  });

  it("is absent from other URLs, and rubbish is invalid", () => {
    const options = signing(preset, secrets[0]!);
    expect(verifySignature(options, new Parameters("key=1"), resource("live/a"), 0)).toBe("absent");
    const rubbish = [
      "md5=",
      "sign=x",
      "txSecret=%ff",
      "auth_key=-",
      "hdnts=~hmac=zz",
      "wowzatokenhash=%",
    ].join("&");
    expect(verifySignature(options, new Parameters(rubbish), resource("live/a"), 0)).toBe("invalid");
  });
});

describe("Tencent's signatures", () => {
  it("are for one stream, also where another one's name begins like it", () => {
    const options = signing("tencent", "secret");
    const query = signatureFor(options, resource("live/cam17"), 0x65000000 * 1000);
    expect(query).toMatch(/&txTime=65000000$/);
    const judged = (path: string, changed: string) =>
      verifySignature(options, new Parameters(changed), resource(path), 0);
    expect(judged("live/cam17", query)).toBe("valid");
    for (const [path, time] of [
      ["live/cam1", "765000000"],
      ["live/cam", "1765000000"],
    ] as const)
      expect(judged(path, query.replace("txTime=", `txTime=${time.slice(0, -8)}`))).toBe("invalid");
  });
});

describe("nginx's secure_link", () => {
  it.each([
    ["$secure_link_expires$uri mySecret", "the secret as text"],
    ["$secure_link_expires$uri$arg_user $secret", "a variable that is not known"],
  ])("has no expression %j: it has %s", (expression) => {
    const signedUrl = { preset: "nginx", secret: "s3cret", expression };
    const make = () => new TestAccess({ applications: { live: { play: { signedUrl } } } });
    expect(make).toThrow("expression");
    expect(make).not.toThrow("mySecret");
  });

  it("hashes the expression of the configuration, with the client's address if that is in it", () => {
    const options = signing("nginx", "secret", {
      expression: "$secure_link_expires$uri$remote_addr $secret",
    });
    const query = signatureFor(options, resource("live/cam"), EXPIRES * 1000);
    // As openssl computes it of "1740562218/live/cam203.0.113.9 secret".
    expect(query).toBe("md5=9SA7IROa8mKvxB8NzdLP6w&expires=1740562218");
    const judged = (address: string) =>
      verifySignature(options, new Parameters(query), resource("live/cam", address), 0);
    expect(["203.0.113.9", "203.0.113.10"].map(judged)).toEqual(["valid", "invalid"]);
  });
});

describe("Akamai's tokens", () => {
  const key = "52a152a152a152a152a152a152a1";
  const options = signing("akamai", key);
  const judged = (token: string, path: string, nowSeconds = 1, address?: string) =>
    verifySignature(options, new Parameters(`hdnts=${token}`), resource(path, address), nowSeconds * 1000);

  it.each([
    ["acl=/live/*", "live/cam", "valid"],
    ["acl=/live/*", "other/cam", "invalid"],
    ["acl=/live/c?m!/other/*", "other/cam", "valid"],
    ["acl=%2flive%2f*", "live/cam", "valid"],
    ["ip=203.0.113.9~acl=/*", "live/cam", "valid"],
    ["ip=203.0.113.10~acl=/*", "live/cam", "invalid"],
    ["st=2000000000~acl=/*", "live/cam", "early"],
  ])("with %s for %s are %s", (fields, path, expected) => {
    expect(judged(signed(`exp=${EXPIRES}~${fields}`), path)).toBe(expected);
  });

  it.each(["acl=%2Flive%2F*", "acl=%2flive%2f%2a", "acl=/live/*"])(
    "signed with %s are valid with percent signs decoded on the way, as librtmp does",
    (acl) => {
      const token = signed(`exp=${EXPIRES}~${acl}`);
      const [head, tail] = token.split("~hmac=");
      expect(judged(`${decodeURIComponent(head!)}~hmac=${tail}`, "live/cam")).toBe("valid");
      expect(judged(`${decodeURIComponent(head!).replace("live", "*")}~hmac=${tail}`, "live/cam")).toBe(
        "invalid",
      );
    },
  );

  it("for one path sign it and do not carry it", () => {
    const token = `exp=${EXPIRES}~hmac=${signed(`exp=${EXPIRES}~url=/live/cam`).split("hmac=")[1]}`;
    expect([judged(token, "live/cam"), judged(token, "live/other")]).toEqual(["valid", "invalid"]);
  });

  it("take no time for a pattern that is not signed", () => {
    const token = `exp=${EXPIRES}~acl=/${"*a".repeat(2000)}~hmac=00`;
    expect(judged(token, "a".repeat(500))).toBe("invalid");
  });

  function signed(text: string): string {
    return `${text}~hmac=${hmac(text, key)}`;
  }
});

function hmac(text: string, key: string): string {
  return createHmac("sha256", Buffer.from(key, "hex")).update(text).digest("hex");
}
