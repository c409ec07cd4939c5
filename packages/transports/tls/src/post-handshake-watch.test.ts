import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { afterAll, expect, test, vi } from "vitest";
import { writeCertificate } from "./certificates.test.helper.ts";
import {
  MAX_POST_HANDSHAKE,
  MAX_POST_HANDSHAKE_AT_ONCE,
  PostHandshakeWatch,
} from "./post-handshake-watch.ts";
import { APPLICATION_DATA, dialForging } from "./record-forge.test.helper.ts";
import { closeAll, FAULTS, keep, listen, start } from "./running.test.helper.ts";
import { TlsServer } from "./tls-server.ts";

afterAll(closeAll);

const FLOODED = "TLS_RECORD_INVALID: TLS was broken after the handshake: too many KeyUpdates";

/** What OpenSSL says when a client has updated its key. */
const UPDATE = Buffer.from("CLIENT_TRAFFIC_SECRET_N 00 00\n");

/** A socket that says when it is read and when not. */
function watchable(): { secured: TLSSocket; calls: string[] } {
  const calls: string[] = [];
  const secured = keep(new TLSSocket(new PassThrough(), { isServer: true }));
  const handle = { reading: true, readStop: () => calls.push("stop"), readStart: () => calls.push("start") };
  Object.assign((secured as unknown as { _handle: object })._handle, handle);
  return { secured, calls };
}

function update(secured: TLSSocket, times: number): void {
  for (let count = 0; count < times; count += 1) secured.emit("keylog", UPDATE);
}

test("a client that updates its key now and then stays for hours", () => {
  vi.useFakeTimers();
  const onInvalid = vi.fn();
  const { secured } = watchable();
  new PostHandshakeWatch("client", FAULTS).watch(secured, onInvalid);
  for (let minute = 0; minute < 60; minute += 1) {
    update(secured, MAX_POST_HANDSHAKE);
    vi.advanceTimersByTime(60_000);
  }
  expect(onInvalid).not.toHaveBeenCalled();
  update(secured, MAX_POST_HANDSHAKE + 1);
  expect(secured.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(onInvalid).toHaveBeenCalledOnce();
  expect(secured.destroyed).toBe(true);
  vi.useRealTimers();
});

test("many updates in one turn stop the reading of all connections until the next", async () => {
  const [one, two] = [watchable(), watchable()];
  const watch = new PostHandshakeWatch("client", FAULTS);
  for (const { secured } of [one, two]) watch.watch(secured, () => {});
  const half = MAX_POST_HANDSHAKE_AT_ONCE / 2;
  update(one.secured, half);
  update(two.secured, half - 1);
  expect(two.calls).toEqual([]);
  update(two.secured, 1);
  expect(one.calls).toEqual(["stop"]);
  expect(two.calls).toEqual(["stop"]);
  await nextTurn();
  expect(one.calls).toEqual(["stop", "start"]);
  expect(two.calls).toEqual(["stop", "start"]);
});

test("content does not pay for updates", async () => {
  const { port, invalid } = await start([writeCertificate("paid")]);
  const { carrier, forge } = await dialForging(port);
  const pieces = Array.from({ length: 2 * MAX_POST_HANDSHAKE }, () => [
    forge.record(APPLICATION_DATA, Buffer.alloc(64, 7)),
    forge.keyUpdate(false),
  ]);
  carrier.write(Buffer.concat(pieces.flat()));
  await expect.poll(() => invalid).toEqual([FLOODED]);
});

test("a client with a certificate chosen by name is watched as well", async () => {
  const { port, invalid } = await start([writeCertificate("first"), writeCertificate("second")]);
  const { carrier, forge } = await dialForging(port, "second.example");
  const updates = Array.from({ length: 2 * MAX_POST_HANDSHAKE }, () => forge.keyUpdate(false));
  carrier.write(Buffer.concat(updates));
  await expect.poll(() => invalid).toEqual([FLOODED]);
});

test("updates that follow what ends the connection harm nobody", async () => {
  const certificates = [writeCertificate("ended")];
  const versions = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;
  const tls = new TlsServer({ certificates, ...versions, handshakeMs: 5_000, faults: FAULTS });
  const onInvalid = vi.fn();
  const sockets: Socket[] = [];
  const port = await listen((socket) => {
    void tls.secure(socket, "127.0.0.1", onInvalid).then((secured) => {
      sockets.push(secured.once("data", () => secured.destroy()));
    });
  });
  const { carrier, forge } = await dialForging(port);
  const content = forge.record(APPLICATION_DATA, Buffer.of(1));
  const updates = Array.from({ length: 2 * MAX_POST_HANDSHAKE }, () => forge.keyUpdate(true));
  carrier.write(Buffer.concat([content, ...updates]));
  await expect.poll(() => sockets[0]?.closed).toBe(true);
  expect(onInvalid).not.toHaveBeenCalled();
});
