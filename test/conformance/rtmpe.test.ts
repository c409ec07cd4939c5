import { createHash, createHmac, getDiffieHellman } from "node:crypto";
import { ProtocolError } from "@headgate/bytes";
import {
  ClientHandshake,
  type DigestLayout,
  type Handshake,
  type HandshakeResult,
  type RtmpeVersion,
  ServerHandshake,
  type StreamCiphers,
} from "@headgate/handshake";
import { decodeInEveryCut, hex, Random } from "@headgate/testkit";
import { describe, expect, it } from "vitest";

// RTMPE once more, straight from its description (librtmp/handshake.h, librtmp/dh.h) and sharing nothing with the package. It
// is held against vectors that librtmp and FFmpeg agree with, and the package against it.

const KEY_TAIL = hex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae");
const SERVER_NAME = Buffer.from("Genuine Adobe Flash Media Server 001");
const CLIENT_NAME = Buffer.from("Genuine Adobe Flash Player 001");

const DIGEST_BLOCK = { A: 8, B: 772 } as const;
const KEY_PLACE = { A: { first: 772, sumAt: 1532 }, B: { first: 8, sumAt: 768 } } as const;

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(createHmac("sha256", key).update(Buffer.concat(parts)).digest());
}

function digestIn(packet: Uint8Array, layout: DigestLayout): Uint8Array {
  const block = DIGEST_BLOCK[layout];
  const at = (sum(packet.subarray(block, block + 4)) % 728) + block + 4;
  return packet.subarray(at, at + 32);
}

function keyIn(packet: Uint8Array, layout: DigestLayout): Uint8Array {
  const { first, sumAt } = KEY_PLACE[layout];
  const at = (sum(packet.subarray(sumAt, sumAt + 4)) % 632) + first;
  return packet.subarray(at, at + 128);
}

function digestOf(packet: Uint8Array, layout: DigestLayout, name: Uint8Array): Uint8Array {
  const at = digestIn(packet, layout).byteOffset - packet.byteOffset;
  return hmac(name, packet.subarray(0, at), packet.subarray(at + 32));
}

/** Of the versions that do not encipher it. */
function signatureOf(answer: Uint8Array, peerDigest: Uint8Array, name: Uint8Array): Uint8Array {
  return hmac(hmac(Buffer.concat([name, KEY_TAIL]), peerDigest), answer.subarray(0, 1504));
}

const PRIME = BigInt(`0x${getDiffieHellman("modp2").getPrime("hex")}`);

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexOf(bytes)}`);
}

function bytesOf(value: bigint): Uint8Array {
  return hex(value.toString(16).padStart(256, "0"));
}

function power(base: bigint, privateKey: Uint8Array): Uint8Array {
  let [result, square] = [1n, base];
  for (let exponent = numberOf(privateKey); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return bytesOf(result);
}

function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return power(2n, privateKey);
}

function secretOf(privateKey: Uint8Array, peerKey: Uint8Array): Uint8Array {
  return power(numberOf(peerKey), privateKey);
}

/** The next bytes of the keystream, after those that both sides pass over. */
function keystreamOf(key: Uint8Array, length: number): Uint8Array {
  const state = Array.from({ length: 256 }, (_, i) => i);
  let j = 0;
  const swap = (i: number): void => {
    [state[i], state[j]] = [state[j]!, state[i]!];
  };
  for (let i = 0; i < 256; i += 1) {
    j = (j + state[i]! + key[i % key.length]!) % 256;
    swap(i);
  }
  j = 0;
  const stream = Array.from({ length: 1536 + length }, (_, n) => {
    const i = (n + 1) % 256;
    j = (j + state[i]!) % 256;
    swap(i);
    return state[(state[i]! + state[j]!) % 256]!;
  });
  return Uint8Array.from(stream.slice(1536));
}

function cipherKey(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return hmac(secret, publicKey).subarray(0, 16);
}

function knownPrivateKey(name: string): Uint8Array {
  const key = concat(...[0, 1, 2, 3].map((n) => createHash("sha256").update(`${name}${n}`).digest()));
  key[0]! &= 0x7f;
  return key;
}

const CLIENT_PRIVATE_KEY = knownPrivateKey("client");
const SERVER_PRIVATE_KEY = knownPrivateKey("server");
const CLIENT_KEY = publicKeyOf(CLIENT_PRIVATE_KEY);
const SERVER_KEY = publicKeyOf(SERVER_PRIVATE_KEY);

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function seeded(seed: number): (length: number) => Uint8Array {
  const random = new Random(seed);
  return (length) => random.bytes(length);
}

function newServer(seed = 11): ServerHandshake {
  return new ServerHandshake({ random: seeded(seed), rtmpe: true });
}

function taken(handshake: Handshake): Uint8Array {
  return handshake.takeOutput() ?? new Uint8Array(0);
}

function ciphersOf({ result }: Handshake): StreamCiphers {
  if (result?.kind !== "rtmpe") throw new Error(`the outcome is ${result?.kind}`);
  return result.ciphers;
}

/** C0 and C1 of a client that asks for RTMPE with this key, as librtmp and FFmpeg send them. */
function referenceC0C1(layout: DigestLayout, publicKey: Uint8Array, version: RtmpeVersion = 6): Uint8Array {
  const c0c1 = new Random(5).bytes(1537);
  const c1 = c0c1.subarray(1);
  c0c1.set([version, 0, 0, 0, 0, 128, 0, 3, 2]);
  keyIn(c1, layout).set(publicKey);
  digestIn(c1, layout).set(digestOf(c1, layout, CLIENT_NAME));
  return c0c1;
}

describe("the description agrees with what is known", () => {
  const secret = secretOf(SERVER_PRIVATE_KEY, CLIENT_KEY);

  it("keys and secret", () => {
    expect(hexOf(CLIENT_KEY)).toMatch(/^b8fc2cb72cc21efeaa01f399d8008a82.*c38da3ab1971f3c6$/);
    expect(hexOf(SERVER_KEY)).toMatch(/^8789bbbd0d0beff5fc61c83c186dae09.*80944320ce2b67a7$/);
    expect(hexOf(secret)).toMatch(/^3ac82de5905150c75ce0b2534a46e107.*63c4715e3327eaf4$/);
    expect(secretOf(CLIENT_PRIVATE_KEY, SERVER_KEY)).toEqual(secret);
  });

  it.each([
    {
      direction: "to the server",
      publicKey: SERVER_KEY,
      key: "850843360270d94778b2d92d5dd0cdeb",
      keystream: "a5eaa6982084e17e3d737df163a787f2",
    },
    {
      direction: "to the client",
      publicKey: CLIENT_KEY,
      key: "57c55df1d1eb992fab69a3a1353ac950",
      keystream: "9a137285249c7639bd8fc2525e3bae6b",
    },
  ])("the keystream $direction", ({ publicKey, key, keystream }) => {
    expect(cipherKey(secret, publicKey)).toEqual(hex(key));
    expect(keystreamOf(hex(key), 16)).toEqual(hex(keystream));
  });
});

describe("the known C1, answered with the known S2", () => {
  const s2 = Uint8Array.from({ length: 1536 }, (_, i) => (11 * i + 5) & 0xff);

  function knownC1(layout: DigestLayout): Uint8Array {
    const c1 = Uint8Array.from({ length: 1536 }, (_, i) => (i < 8 ? 0 : (7 * i + 3) & 0xff));
    c1.set([0x80, 0x00, 0x07, 0x02], 4);
    digestIn(c1, layout).set(digestOf(c1, layout, CLIENT_NAME));
    return c1;
  }

  it.each([
    [6, "A", "864200d1267ff26773553ead227e69c2175dcf9f170c0a9c355cc6dbf2883d8a"],
    [6, "B", "e3ea5f6b031477d11a2f4ac65d84d954e357819e62e6c71be498b0c43783c3c4"],
    [8, "A", "4ba86775cec3e9c383b893c8120cc01ab9191fb4a9b3dd7309ad82ebe17fa93c"],
    [8, "B", "e84031df46fbfb67bf2016f1bdb10f0dd5cdde9e4e9dcae2cb0573c59d2fb891"],
    [9, "A", "4518db4d9c00810008bae16a3ac7c792caf6cde0bd12627bf991e7bbd00ac57f"],
    [9, "B", "12edb42c6536ab64002edf048472fb513b233a983a8c46661670b5dcfe1663f4"],
  ] as const)("version %i, layout %s", (version, layout, signature) => {
    const server = new ServerHandshake({ random: (length) => s2.slice(0, length), rtmpe: true });
    server.receive(concat(Uint8Array.of(version), knownC1(layout), new Uint8Array(1536)), 0);
    const answer = taken(server);
    expect(answer[0]).toBe(version);
    expect(answer.subarray(3073 - 32)).toEqual(hex(signature));
    expect(server.result).toMatchObject({ kind: "rtmpe", peerVersion: "128.0.7.2", layout, version });
  });
});

describe.each(["A", "B"] as const)("the server, for a client of layout %s", (layout) => {
  const c0c1 = referenceC0C1(layout, CLIENT_KEY);
  const server = newServer();
  server.receive(concat(c0c1, new Uint8Array(1536)), 1000);
  const answer = taken(server);
  const s1 = answer.subarray(1, 1537);
  const s2 = answer.subarray(1537);

  it("answers in layout A, with its version, a digest over its key, and a signature", () => {
    expect(answer[0]).toBe(6);
    expect(s1.subarray(0, 8)).toEqual(Uint8Array.of(0, 0, 3, 232, 3, 5, 1, 1));
    expect(digestIn(s1, "A")).toEqual(digestOf(s1, "A", SERVER_NAME));
    expect(s2.subarray(1504)).toEqual(signatureOf(s2, digestIn(c0c1.subarray(1), layout), SERVER_NAME));
  });

  it("has the ciphers that belong to the two keys", () => {
    const serverKey = keyIn(s1, "A").slice();
    const secret = secretOf(CLIENT_PRIVATE_KEY, serverKey);
    const { decrypt, encrypt } = ciphersOf(server);
    const zeros = new Uint8Array(5000);
    expect(decrypt.apply(zeros)).toEqual(keystreamOf(cipherKey(secret, serverKey), 5000));
    expect(encrypt.apply(zeros)).toEqual(keystreamOf(cipherKey(secret, CLIENT_KEY), 5000));
  });
});

describe("the client", () => {
  const start = (options: { layout?: DigestLayout; rtmpeVersion?: RtmpeVersion } = {}) => {
    const client = new ClientHandshake({ random: seeded(12), kind: "rtmpe", ...options });
    return { client, c0c1: taken(client) };
  };

  /** S0, S1 and S2 of a server with the known key. */
  function referenceAnswer(c1: Uint8Array, layout: DigestLayout): Uint8Array {
    const answer = new Random(7).bytes(3073);
    const s1 = answer.subarray(1, 1537);
    const s2 = answer.subarray(1537);
    answer.set([6, 0, 0, 0, 0, 4, 5, 0, 1]);
    keyIn(s1, layout).set(SERVER_KEY);
    digestIn(s1, layout).set(digestOf(s1, layout, SERVER_NAME));
    s2.set(signatureOf(s2, digestIn(c1, "B"), SERVER_NAME), 1504);
    return answer;
  }

  it.each([
    { options: {}, version: 6, layout: "B" },
    { options: { layout: "A", rtmpeVersion: 8 }, version: 8, layout: "A" },
    { options: { rtmpeVersion: 9 }, version: 9, layout: "B" },
  ] as const)("asks for version $version in layout $layout", ({ options, version, layout }) => {
    const { c0c1 } = start(options);
    const c1 = c0c1.subarray(1);
    expect(c0c1.subarray(0, 9)).toEqual(Uint8Array.of(version, 0, 0, 0, 0, 128, 0, 3, 2));
    expect(digestIn(c1, layout)).toEqual(digestOf(c1, layout, CLIENT_NAME));
  });

  it.each(["A", "B"] as const)("agrees with a server of layout %s", (layout) => {
    const { client, c0c1 } = start();
    const c1 = c0c1.subarray(1);
    const answer = referenceAnswer(c1, layout);
    expect(client.receive(answer)).toBe(3073);
    expect(client.result).toMatchObject({ kind: "rtmpe", peerVersion: "4.5.0.1", layout, version: 6 });
    const c2 = taken(client);
    const s1Digest = digestIn(answer.subarray(1, 1537), layout);
    expect(c2.subarray(1504)).toEqual(signatureOf(c2, s1Digest, CLIENT_NAME));
    const clientKey = keyIn(c1, "B").slice();
    const secret = secretOf(SERVER_PRIVATE_KEY, clientKey);
    const { decrypt, encrypt } = ciphersOf(client);
    expect(encrypt.apply(new Uint8Array(300))).toEqual(keystreamOf(cipherKey(secret, SERVER_KEY), 300));
    expect(decrypt.apply(new Uint8Array(300))).toEqual(keystreamOf(cipherKey(secret, clientKey), 300));
  });

  it("does not settle for plain RTMP", () => {
    const { client, c0c1 } = start();
    const echo = concat(Uint8Array.of(3), new Uint8Array(1536), c0c1.subarray(1));
    expect(codeOf(() => client.receive(echo))).toBe("HANDSHAKE_VERSION_UNSUPPORTED");
    expect(codeOf(() => start().client.receive(concat(Uint8Array.of(6), echo.subarray(1))))).toBe(
      "HANDSHAKE_DIGEST_INVALID",
    );
  });

  it("refuses a server whose signature is wrong", () => {
    const { client, c0c1 } = start();
    const answer = referenceAnswer(c0c1.subarray(1), "A");
    answer[3072]! ^= 1;
    expect(codeOf(() => client.receive(answer))).toBe("HANDSHAKE_DIGEST_INVALID");
  });

  it("refuses a server whose signature is not of the version it claims", () => {
    const { client, c0c1 } = start();
    const answer = referenceAnswer(c0c1.subarray(1), "A");
    answer[0] = 8;
    expect(codeOf(() => client.receive(answer))).toBe("HANDSHAKE_DIGEST_INVALID");
  });
});

function codeOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
  }
  throw new Error("did not fail with a ProtocolError");
}

describe("the server refuses", () => {
  it.each([
    { key: "0", value: 0n },
    { key: "1", value: 1n },
    { key: "p - 1", value: PRIME - 1n },
    { key: "p", value: PRIME },
    { key: "more than p", value: PRIME + 77n },
  ])("the public key $key", ({ value }) => {
    const server = newServer();
    const code = codeOf(() => server.receive(referenceC0C1("B", bytesOf(value)), 0));
    expect(code).toBe("HANDSHAKE_KEY_INVALID");
    expect(server.takeOutput()).toBeUndefined();
  });

  it("a C1 without a valid digest, which would be simple RTMP otherwise", () => {
    const c0c1 = referenceC0C1("B", CLIENT_KEY);
    c0c1[700]! ^= 1;
    expect(codeOf(() => newServer().receive(c0c1, 0))).toBe("HANDSHAKE_DIGEST_INVALID");
  });

  it.each([6, 8, 9])("version %i if RTMPE is turned off", (version) => {
    const server = new ServerHandshake({ random: seeded(1) });
    expect(codeOf(() => server.receive(Uint8Array.of(version), 0))).toBe("HANDSHAKE_VERSION_UNSUPPORTED");
  });
});

it("neither the secret nor the server's key ever begins with a zero, which FFmpeg would drop", () => {
  const privateKey = new Random(1).bytes(8);
  const c0c1 = referenceC0C1("B", publicKeyOf(privateKey));
  for (let seed = 0; seed < 600; seed += 1) {
    const server = newServer(seed);
    server.receive(c0c1, 0);
    const serverKey = keyIn(taken(server).subarray(1, 1537), "A");
    if (serverKey[0] === 0) expect.unreachable(`seed ${seed}: the key begins with a zero`);
    if (secretOf(privateKey, serverKey)[0] === 0) {
      expect.unreachable(`seed ${seed}: the secret begins with a zero`);
    }
  }
});

describe("our client and our server agree", () => {
  const cases = ([6, 8, 9] as const).flatMap((version) =>
    (["A", "B"] as const).map((layout) => ({ version, layout })),
  );

  it.each(cases)("on version $version, layout $layout", ({ version, layout }) => {
    for (let seed = 0; seed < 20; seed += 1) {
      const random = seeded(seed);
      const client = new ClientHandshake({ random, kind: "rtmpe", rtmpeVersion: version, layout });
      const server = new ServerHandshake({ random, rtmpe: true });
      server.receive(taken(client), 0);
      client.receive(taken(server));
      server.receive(taken(client), 0);
      expect(server.result).toMatchObject({ kind: "rtmpe", peerVersion: "128.0.3.2", layout, version });
      expect(client.result).toMatchObject({ kind: "rtmpe", peerVersion: "3.5.1.1", layout: "A", version });
      const text = new Random(seed).bytes(3000);
      const [ours, theirs] = [ciphersOf(server), ciphersOf(client)];
      expect(ours.decrypt.apply(theirs.encrypt.apply(text))).toEqual(text);
      expect(theirs.decrypt.apply(ours.encrypt.apply(text))).toEqual(text);
    }
  });

  it("and a server that speaks RTMPE still speaks the other handshakes", () => {
    for (const kind of ["simple", "digest"] as const) {
      const client = new ClientHandshake({ random: seeded(1), kind });
      const server = newServer();
      server.receive(taken(client), 0);
      client.receive(taken(server));
      server.receive(taken(client), 0);
      expect([server.result?.kind, client.result?.kind]).toEqual([kind, kind]);
    }
  });
});

describe("wherever the input is cut, the outcome is the same", () => {
  const chunks = new Random(4).bytes(40);

  /** Feeds the pieces as a driver does; what the handshake does not take is the chunk stream, still encrypted. */
  function drive(handshake: Handshake, pieces: readonly Uint8Array[]) {
    const sent: Uint8Array[] = [];
    const rest: Uint8Array[] = [];
    for (const piece of pieces) {
      const length = handshake.receive(piece, 5);
      sent.push(taken(handshake));
      rest.push(piece.subarray(length));
    }
    return { sent: concat(...sent), rest: concat(...rest), result: described(handshake.result) };
  }

  /** With the keystreams in place of the ciphers, so that it compares. */
  function described(result: HandshakeResult | undefined) {
    if (result?.kind !== "rtmpe") return result;
    const { ciphers, ...described } = result;
    const [decrypt, encrypt] = [ciphers.decrypt, ciphers.encrypt].map((cipher) =>
      cipher.apply(new Uint8Array(50)),
    );
    return { ...described, decrypt, encrypt };
  }

  function newClient(): ClientHandshake {
    return new ClientHandshake({ random: seeded(12), kind: "rtmpe", rtmpeVersion: 9 });
  }

  function startedClient(): ClientHandshake {
    const client = newClient();
    client.takeOutput();
    return client;
  }

  const answering = newServer();
  answering.receive(taken(newClient()), 5);
  const answer = taken(answering);

  it.each([
    {
      name: "the server",
      start: (): Handshake => newServer(),
      input: concat(referenceC0C1("B", CLIENT_KEY), new Random(2).bytes(1536), chunks),
      sentLength: 3073,
    },
    {
      name: "the client",
      start: (): Handshake => startedClient(),
      input: concat(answer, chunks),
      sentLength: 1536,
    },
  ])("$name", ({ start, input, sentLength }) => {
    for (const seed of [1, 2, 3]) {
      const outcome = decodeInEveryCut(input, new Random(seed), (pieces) => drive(start(), pieces));
      expect(outcome.whole.result?.kind).toBe("rtmpe");
      expect(outcome.whole.rest).toEqual(chunks);
      expect(outcome.whole.sent).toHaveLength(sentLength);
      expect(outcome.byteByByte).toEqual(outcome.whole);
      expect(outcome.randomCuts).toEqual(outcome.whole);
    }
  });
});
