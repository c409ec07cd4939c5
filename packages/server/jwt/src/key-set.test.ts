import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KeySet, KeysUnavailable } from "./key-set.ts";

const SIGNED = { payload: "", signature: "" };
const HEADER = { alg: "ES256", kid: "one" };

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

let isUp: boolean;
let requests: number;
let nowMs: number;
let keys: KeySet;

const server = createServer(async (_, response) => {
  requests += 1;
  const jwk = { ...(await exportJWK(publicKey)), ...HEADER };
  response.writeHead(isUp ? 200 : 503).end(JSON.stringify({ keys: [jwk] }));
});

beforeEach(async () => {
  [isUp, requests, nowMs] = [true, 0, 1e12];
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  keys = new KeySet(
    () => url,
    () => nowMs,
    () => {},
  );
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("a server that starts a moment later than its keys are needed is asked again every two seconds", async () => {
  isUp = false;
  for (let ms = 0; ms < 10_000; ms += 500) {
    await expect(keys.keyFor(HEADER, SIGNED)).rejects.toThrow(KeysUnavailable);
    nowMs += 500;
  }
  expect([requests, keys.failures]).toEqual([5, 5]);
  isUp = true;
  await expect(keys.keyFor(HEADER, SIGNED)).resolves.toBeDefined();
});

test("a server whose keys are known is not asked again for half a minute, also while it fails", async () => {
  const ask = async (kid: string) => {
    try {
      return await keys.keyFor({ ...HEADER, kid }, SIGNED);
    } catch {
      return "none";
    }
  };
  await ask("one");
  for (const up of [true, false]) {
    isUp = up;
    const before = requests;
    for (let ms = 0; ms < 30_000; ms += 500) {
      nowMs += 500;
      expect(await ask("two")).toBe("none");
    }
    expect(requests - before).toBe(1);
  }
  expect(await ask("one")).not.toBe("none");
});
