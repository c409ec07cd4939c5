import { fastify } from "fastify";
import { expect, test } from "vitest";
import { acmeFeature } from "./acme-feature.ts";

const told: string[] = [];
const acme = {
  answers: {
    httpAnswer: async (token: string) => (token === "known" ? "known.print" : undefined),
    tlsAnswer: async () => undefined,
  },
  start: () => void told.push("start"),
  close: () => void told.push("close"),
};

test("the authority gets the answer to a challenge that is under way, and others none", async () => {
  const server = fastify();
  server.register(acmeFeature(acme, true).routes!.media!);
  const known = await server.inject("/.well-known/acme-challenge/known");
  expect([known.statusCode, known.body]).toEqual([200, "known.print"]);
  expect(known.headers).toMatchObject({
    "content-type": "application/octet-stream",
    "cache-control": "no-store",
  });
  for (const path of ["unknown", "", "known/more", "x".repeat(300)]) {
    const { statusCode, body } = await server.inject(`/.well-known/acme-challenge/${path}`);
    expect([statusCode, body]).toEqual([404, "There is no such challenge.\n"]);
  }
  await server.close();
});

test("one process obtains, and all answer", async () => {
  for (const isObtaining of [true, false]) {
    const feature = acmeFeature(acme, isObtaining);
    await feature.start?.();
    feature.ending?.();
  }
  expect(told).toEqual(["start", "close", "close"]);
});
