import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { setImmediate } from "node:timers/promises";
import { connect } from "node:tls";
import type { Faults } from "@headgate/transport";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeCertificate } from "./certificates.test.helper.ts";
import {
  ALERT,
  APPLICATION_DATA,
  dialForging,
  HANDSHAKE,
  type RecordForge,
} from "./record-forge.test.helper.ts";
import { closeAll, closed, dial, FAULTS, keep, listen, type Running, start } from "./running.test.helper.ts";
import { TlsServer } from "./tls-server.ts";

const BROKEN = "TLS_RECORD_INVALID: TLS was broken after the handshake:";

let running: Running;
beforeAll(async () => {
  running = await start([writeCertificate("hostile")]);
});
afterAll(closeAll);

/** What the server told since `before` lines. */
function told(before: number): readonly string[] {
  return running.invalid.slice(before);
}

test("a client of TLS 1.2 that renegotiates is ended at once", async () => {
  const before = running.invalid.length;
  const client = await dial(running.port, { maxVersion: "TLSv1.2" });
  client.renegotiate({}, () => expect.unreachable("the server renegotiates"));
  await closed(client);
  expect(told(before)).toEqual([`${BROKEN} renegotiation is not allowed`]);
});

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "%s: a record that cannot be deciphered ends the connection with an alert",
  async (version) => {
    const before = running.invalid.length;
    const carrier = keep(connectTcp(running.port, "127.0.0.1"));
    const client = connect({
      socket: carrier,
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
    });
    await once(client, "secureConnect");
    await setImmediate();
    const alerted = once(client, "error").catch((error: NodeJS.ErrnoException) => [error]);
    carrier.write(Buffer.concat([Buffer.from("1703030040", "hex"), Buffer.alloc(64, 9)]));
    const [error] = await alerted;
    expect(error.code).toMatch(/_ALERT_BAD_RECORD_MAC$/);
    await closed(carrier);
    expect(told(before)).toEqual([expect.stringContaining(BROKEN)]);
  },
);

test("a client of TLS 1.3 may update its keys now and then", async () => {
  const { carrier, forge } = await dialForging(running.port);
  const received = carrier.bytesRead;
  for (let update = 0; update < 100; update += 1) {
    carrier.write(forge.keyUpdate(update % 2 === 0));
    carrier.write(forge.record(APPLICATION_DATA, Buffer.from("still here")));
  }
  // The server sends back what it gets.
  await expect.poll(() => carrier.bytesRead - received).toBeGreaterThan(100 * "still here".length);
  carrier.destroy();
});

/** Records that OpenSSL takes and tells nobody of, and those that say little. */
const FLOODS: readonly (readonly [string, (forge: RecordForge) => Buffer, string])[] = [
  ["KeyUpdates", (forge) => forge.keyUpdate(false), "too many KeyUpdates"],
  ["KeyUpdates that want answers", (forge) => forge.keyUpdate(true), "too many KeyUpdates"],
  ["empty records", (forge) => forge.record(APPLICATION_DATA, Buffer.alloc(0)), "record too small"],
  ["records of a byte", (forge) => forge.record(APPLICATION_DATA, Buffer.of(7)), "too many small records"],
  ["warnings", (forge) => forge.record(ALERT, Buffer.of(1, 90)), "too many warn alerts"],
];

test.each(FLOODS)("a flood of %s ends the connection", async (_, make, reason) => {
  const before = running.invalid.length;
  const { carrier, forge } = await dialForging(running.port);
  carrier.write(Buffer.concat(Array.from({ length: 10_000 }, () => make(forge))));
  await closed(carrier);
  await expect.poll(() => told(before)).toEqual([`${BROKEN} ${reason}`]);
});

test("a handshake message out of place ends the connection", async () => {
  const before = running.invalid.length;
  const { carrier, forge } = await dialForging(running.port);
  const clientHello = Buffer.concat([Buffer.of(1, 0, 0, 40, 3, 3), Buffer.alloc(38)]);
  carrier.write(forge.record(HANDSHAKE, clientHello));
  await closed(carrier);
  expect(told(before)).toEqual([`${BROKEN} unexpected message`]);
});

test("a reset after the handshake is the network's, and closes the socket", async () => {
  const [before, outcomes] = [running.invalid.length, running.outcomes.length];
  const { carrier } = await dialForging(running.port);
  await expect.poll(() => running.outcomes.length).toBe(outcomes + 1);
  carrier.resetAndDestroy();
  await expect.poll(() => running.open()).toBe(0);
  expect(told(before)).toEqual([]);
});

const BREAKING: readonly (readonly [string, (forge: RecordForge) => Buffer])[] = [
  ["is told of an error", (forge) => forge.record(HANDSHAKE, Buffer.of(1, 0, 0, 0))],
  [
    "is told of a flood",
    (forge) => Buffer.concat(Array.from({ length: 10_000 }, () => forge.keyUpdate(false))),
  ],
];

test.each(BREAKING)("a fault of the listener that %s ends that connection alone", async (_, bytes) => {
  const scopes: string[] = [];
  const faults: Faults = { report: (scope) => scopes.push(scope), unrecoverable: FAULTS.unrecoverable };
  const versions = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;
  const certificates = [writeCertificate("faulty")];
  const tls = new TlsServer({ certificates, ...versions, handshakeMs: 5_000, faults });
  const port = await listen((socket) => {
    const secured = tls.secure(socket, "127.0.0.1", () => {
      throw new Error("a mistake of this program");
    });
    void secured.then((end) => end.resume());
  });
  const other = await dialForging(port);
  const { carrier, forge } = await dialForging(port);
  carrier.write(bytes(forge));
  await closed(carrier);
  expect(scopes).toEqual(["connection"]);
  expect(other.carrier.destroyed).toBe(false);
  other.carrier.destroy();
});
