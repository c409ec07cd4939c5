import { setTimeout as sleep } from "node:timers/promises";
import { Random, randomCuts } from "@headgate/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Link } from "../link.ts";
import type { LinkAdapter, LinkSource, RawClient } from "./adapter.ts";
import { concat, Subject } from "./subject.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Long enough for everything under way to arrive, for tests that expect nothing more. */
const QUIET_MS = 40;

/** A full tunnel takes some ten seconds on a busy machine. */
const PATIENCE_MS = 40_000;

/** More than the buffers of any system hold for one connection. */
const MORE_THAN_BUFFERS_HOLD: number = 64 * MIB;

/** Checks a transport against every sentence of the Link contract. */
export function linkCompliance(adapter: LinkAdapter): void {
  const { transport, carrying } = adapter;
  describe(carrying === undefined ? transport : `${transport} that carries ${carrying}`, () =>
    checks(adapter),
  );
}

function checks({ transport, start, canHalfClose = true, keepsInput = false }: LinkAdapter): void {
  let source: LinkSource;
  let subjects: Subject[];

  beforeEach(async () => {
    subjects = [];
    source = await start();
  });

  afterEach(async () => {
    await sleep(QUIET_MS);
    const violations = subjects.flatMap((subject) => subject.violations);
    await source.stop();
    expect(violations).toEqual([]);
  });

  /** Connects a client. `first` gets its Link, in the turn in which the transport hands it over. */
  async function connect(
    first: (subject: Subject) => void = (subject) => subject.open(),
  ): Promise<{ subject: Subject; client: RawClient }> {
    let link: Link | undefined;
    const client = await source.connect((given) => {
      link = given;
      const subject = new Subject(given);
      subjects.push(subject);
      first(subject);
    });
    await vi.waitFor(() => expect(link).toBeDefined());
    return { subject: subjects.at(-1)!, client };
  }

  /** Waits until at least `count` bytes have arrived. */
  const arrived = (at: { readonly receivedBytes: number }, count: number) =>
    vi.waitFor(() => expect(at.receivedBytes).toBeGreaterThanOrEqual(count), { timeout: PATIENCE_MS });

  const closed = (subject: Subject) =>
    vi.waitFor(() => expect(subject.closed.length).toBe(1), { timeout: PATIENCE_MS });

  const ended = (client: RawClient) =>
    vi.waitFor(() => expect(client.ended).toBe(true), { timeout: PATIENCE_MS });

  /** Waits until a number stops growing, and returns it. */
  async function settled(read: () => number): Promise<number> {
    for (let before = Number.NaN; ; before = read()) {
      await sleep(5 * QUIET_MS);
      if (read() === before && before > 0) return before;
    }
  }

  /** Writes to a client that does not read, until the Link stays unwritable. Returns what was written. */
  async function fill(subject: Subject): Promise<Uint8Array> {
    // A Link may take a single piece at a time, and the system some megabytes.
    const piece = new Random(1).bytes(512 * KIB);
    const written: Uint8Array[] = [];
    do {
      while (subject.link.writable && written.length * piece.length < MORE_THAN_BUFFERS_HOLD) {
        subject.write(piece);
        written.push(piece);
      }
      await sleep(QUIET_MS);
    } while (subject.link.writable && written.length * piece.length < MORE_THAN_BUFFERS_HOLD);
    return concat(written);
  }

  describe(`a Link of the transport ${transport}`, () => {
    it("reports its transport, and the address and port of its peer", async () => {
      const { subject, client } = await connect();
      expect(subject.link.transport).toBe(transport);
      expect(subject.link.remoteAddress).toBe(client.address);
      expect(subject.link.remotePort).toBe(client.port);
    });

    it("delivers what its peer writes, complete and in order", async () => {
      const { subject, client } = await connect();
      const random = new Random(2);
      const bytes = random.bytes(MIB);
      for (const piece of randomCuts(bytes, random)) client.write(piece);
      await arrived(subject, bytes.length);
      expect(same(subject.received, bytes)).toBe(true);
    });

    it("sends what is written to it, complete and in order, and nothing for an empty write", async () => {
      const { subject, client } = await connect();
      const random = new Random(3);
      const bytes = random.bytes(MIB);
      for (const piece of randomCuts(bytes, random)) subject.write(piece);
      await arrived(client, bytes.length);
      expect(same(client.received, bytes)).toBe(true);
    });

    it("tells with each write whether its memory can be reused", async () => {
      const { subject, client } = await connect();
      const written: Uint8Array[] = [];
      let piece = new Uint8Array(20 * KIB);
      for (let i = 0; i < 200; i += 1) {
        piece.fill(i);
        written.push(new Uint8Array(piece));
        if (!subject.write(piece)) piece = new Uint8Array(piece.length);
      }
      const bytes = concat(written);
      await arrived(client, bytes.length);
      expect(same(client.received, bytes)).toBe(true);
    });

    it("carries 10,000 small writes in both directions at once", async () => {
      const { subject, client } = await connect();
      const random = new Random(4);
      const pieces = Array.from({ length: 10_000 }, () => random.bytes(1 + random.below(20)));
      const bytes = concat(pieces);
      for (const piece of pieces) {
        subject.write(piece);
        client.write(piece);
      }
      await Promise.all([arrived(subject, bytes.length), arrived(client, bytes.length)]);
      expect([same(subject.received, bytes), same(client.received, bytes)]).toEqual([true, true]);
    });

    it("carries one write of 4 MiB in both directions at once", async () => {
      const { subject, client } = await connect();
      const bytes = new Random(5).bytes(4 * MIB);
      subject.write(bytes);
      client.write(bytes);
      await Promise.all([arrived(subject, bytes.length), arrived(client, bytes.length)]);
      expect([same(subject.received, bytes), same(client.received, bytes)]).toEqual([true, true]);
    });

    it("counts the bytes of both directions, and keeps the counts after it has closed", async () => {
      const { subject, client } = await connect();
      const { link } = subject;
      expect([link.bytesReceived, link.bytesSent]).toEqual([0, 0]);
      client.write(new Uint8Array(1000));
      subject.write(new Uint8Array(2000));
      subject.write(new Uint8Array(300));
      await Promise.all([arrived(subject, 1000), arrived(client, 2300)]);
      expect([link.bytesReceived, link.bytesSent]).toEqual([1000, 2300]);
      client.end();
      await closed(subject);
      expect([link.bytesReceived, link.bytesSent]).toEqual([1000, 2300]);
    });

    it("is independent of the other Links of its transport", async () => {
      const [one, other] = [await connect(), await connect()];
      one.client.write(Uint8Array.of(1));
      other.client.write(Uint8Array.of(2));
      one.subject.write(Uint8Array.of(3));
      other.subject.write(Uint8Array.of(4));
      for (const { subject, client } of [one, other])
        await Promise.all([arrived(subject, 1), arrived(client, 1)]);
      expect([one.subject.received[0], other.subject.received[0]]).toEqual([1, 2]);
      expect([one.client.received[0], other.client.received[0]]).toEqual([3, 4]);
      one.subject.destroy();
      await Promise.all([closed(one.subject), ended(one.client)]);
      other.client.write(Uint8Array.of(5));
      await arrived(other.subject, 2);
      expect(other.subject.closed).toEqual([]);
    });
  });

  describe(`opening a Link of the transport ${transport}`, () => {
    it("loses nothing that the peer writes first", async () => {
      const { subject, client } = await connect();
      client.write(Uint8Array.of(1, 2, 3));
      await arrived(subject, 3);
      expect(subject.received).toEqual(Uint8Array.of(1, 2, 3));
    });

    it("may come after writing", async () => {
      const { client } = await connect((subject) => {
        subject.write(Uint8Array.of(1, 2));
        subject.open();
        subject.write(Uint8Array.of(3));
      });
      await arrived(client, 3);
      expect(client.received).toEqual(Uint8Array.of(1, 2, 3));
    });

    it("is not needed for a Link that is destroyed at once", async () => {
      const { subject, client } = await connect((subject) => subject.destroy());
      await ended(client);
      expect(subject.link.writable).toBe(false);
    });

    it("may be followed by `end` in the same turn", async () => {
      const { subject, client } = await connect((subject) => {
        subject.open();
        subject.write(Uint8Array.of(1));
        subject.end();
      });
      await ended(client);
      expect(client.received).toEqual(Uint8Array.of(1));
      client.end();
      await closed(subject);
    });
  });

  describe(`a Link of the transport ${transport} whose peer does not read`, () => {
    it("stops being writable, and reports when it is writable again, without losing a byte", async () => {
      const { subject, client } = await connect();
      expect(subject.link.writable).toBe(true);
      client.pause();
      const written = await fill(subject);
      expect(subject.link.writable).toBe(false);
      const { writableCalls } = subject;
      await sleep(QUIET_MS);
      expect(subject.writableCalls).toBe(writableCalls);
      client.resume();
      await arrived(client, written.length);
      await vi.waitFor(() => expect(subject.writableCalls).toBeGreaterThan(writableCalls));
      expect(subject.link.writable).toBe(true);
      expect(same(client.received, written)).toBe(true);
    });

    it("tells how much of what is written has not left, until the peer has taken it", async () => {
      const { subject, client } = await connect();
      expect(subject.link.queuedBytes).toBe(0);
      client.pause();
      await fill(subject);
      const before = subject.link.queuedBytes;
      expect(before).toBeGreaterThan(0);
      subject.write(new Uint8Array(100));
      expect(subject.link.queuedBytes).toBe(before + 100);
      client.resume();
      await vi.waitFor(() => expect(subject.link.queuedBytes).toBe(0), { timeout: PATIENCE_MS });
    });

    it("still accepts writes", async () => {
      const { subject, client } = await connect();
      client.pause();
      const written = await fill(subject);
      subject.write(Uint8Array.of(1, 2, 3));
      subject.write(Uint8Array.of(4));
      client.resume();
      await arrived(client, written.length + 4);
      expect(client.received.subarray(written.length)).toEqual(Uint8Array.of(1, 2, 3, 4));
    });

    it("still delivers what the peer writes", async () => {
      const { subject, client } = await connect();
      client.pause();
      await fill(subject);
      client.write(Uint8Array.of(1, 2, 3));
      await arrived(subject, 3);
    });

    it("sends everything before it ends", async () => {
      const { subject, client } = await connect();
      client.pause();
      const written = await fill(subject);
      subject.end();
      await sleep(QUIET_MS);
      expect(subject.closed).toEqual([]);
      client.resume();
      await ended(client);
      expect(same(client.received, written)).toBe(true);
      client.end();
      await closed(subject);
    });

    it("closes at once when it is destroyed", async () => {
      const { subject, client } = await connect();
      client.pause();
      await fill(subject);
      subject.destroy();
      await closed(subject);
      expect(subject.closed).toEqual([undefined]);
    });
  });

  describe(`a Link of the transport ${transport} that is paused`, () => {
    it("makes its peer wait once the bytes under way have arrived, and loses nothing", async () => {
      const { subject, client } = await connect();
      const piece = new Random(9).bytes(64 * KIB);
      const count = MORE_THAN_BUFFERS_HOLD / piece.length;
      subject.whenBytes = () => subject.link.pause();
      for (let i = 0; i < count; i += 1) client.write(piece);
      const held = await settled(() => subject.receivedBytes);
      expect(held).toBeGreaterThan(0);
      expect(held).toBeLessThan(MORE_THAN_BUFFERS_HOLD / 2);
      subject.whenBytes = () => {};
      subject.link.resume();
      await arrived(subject, MORE_THAN_BUFFERS_HOLD);
      expect(same(subject.received, concat(Array.from({ length: count }, () => piece)))).toBe(true);
    }, 60_000);

    it("sends what is written to it, at the latest when it is resumed", async () => {
      const { subject, client } = await connect();
      subject.link.pause();
      client.write(Uint8Array.of(1));
      subject.write(Uint8Array.of(2));
      await sleep(QUIET_MS);
      subject.link.resume();
      await Promise.all([arrived(subject, 1), arrived(client, 1)]);
    });

    it.runIf(keepsInput)("has what its peer has sent before a reset, although it is written to", async () => {
      const { subject, client } = await connect();
      client.write(Uint8Array.of(1));
      await arrived(subject, 1);
      subject.link.pause();
      const rest = new Random(10).bytes(10 * KIB);
      client.write(rest);
      await sleep(QUIET_MS);
      client.reset();
      await sleep(QUIET_MS);
      for (let write = 0; write < 3; write += 1) {
        subject.write(Uint8Array.of(1));
        await sleep(QUIET_MS);
      }
      subject.link.resume();
      await closed(subject);
      expect(same(subject.received.subarray(1), rest)).toBe(true);
      expect(subject.closed).toEqual([expect.stringMatching(/\w/)]);
    });

    it("can be destroyed", async () => {
      const { subject, client } = await connect();
      subject.link.pause();
      client.write(new Uint8Array(10 * KIB));
      await sleep(QUIET_MS);
      subject.destroy();
      await Promise.all([closed(subject), ended(client)]);
      expect(subject.closed).toEqual([undefined]);
    });
  });

  describe(`ending a Link of the transport ${transport}`, () => {
    it("sends what was written, and nothing that is written afterwards", async () => {
      const { subject, client } = await connect();
      const bytes = new Random(6).bytes(2 * MIB);
      subject.write(bytes);
      subject.end();
      expect(subject.link.writable).toBe(false);
      subject.write(Uint8Array.of(1, 2, 3));
      await ended(client);
      expect(same(client.received, bytes)).toBe(true);
      subject.write(Uint8Array.of(1, 2, 3));
      client.end();
      await closed(subject);
      expect(client.receivedBytes).toBe(bytes.length);
    });

    it("closes it without a reason, once, and it is never writable again", async () => {
      const { subject, client } = await connect();
      subject.end();
      subject.end();
      await ended(client);
      client.end();
      await closed(subject);
      subject.end();
      subject.destroy();
      await sleep(QUIET_MS);
      expect(subject.closed).toEqual([undefined]);
      expect([subject.link.writable, subject.writableCalls]).toEqual([false, 0]);
    });

    it("gives no reason either if the peer then resets the connection", async () => {
      const { subject, client } = await connect();
      subject.end();
      await ended(client);
      client.reset();
      await closed(subject);
      expect(subject.closed).toEqual([undefined]);
    });

    it("is allowed within onBytes", async () => {
      const { subject, client } = await connect();
      subject.whenBytes = (bytes) => {
        subject.write(new Uint8Array(bytes));
        subject.end();
      };
      client.write(Uint8Array.of(1, 2, 3));
      await ended(client);
      expect(client.received).toEqual(Uint8Array.of(1, 2, 3));
      client.end();
      await closed(subject);
    });
  });

  describe(`destroying a Link of the transport ${transport}`, () => {
    it("closes it once, without a reason, and the peer sees the end", async () => {
      const { subject, client } = await connect();
      subject.destroy();
      expect(subject.link.writable).toBe(false);
      subject.destroy();
      subject.end();
      subject.write(Uint8Array.of(1));
      await Promise.all([closed(subject), ended(client)]);
      await sleep(QUIET_MS);
      expect(subject.closed).toEqual([undefined]);
      expect(client.receivedBytes).toBe(0);
    });

    it("stops all delivery, also from within onBytes", async () => {
      const { subject, client } = await connect();
      subject.whenBytes = () => subject.destroy();
      for (let i = 0; i < 100; i++) client.write(new Uint8Array(10 * KIB));
      await closed(subject);
      expect(subject.receivedBytes).toBeGreaterThan(0);
      expect(subject.closed).toEqual([undefined]);
    });

    it("does not wait for a peer that does not answer the end", async () => {
      const { subject, client } = await connect();
      client.pause();
      subject.write(Uint8Array.of(1));
      subject.end();
      await sleep(QUIET_MS);
      expect(subject.closed).toEqual([]);
      subject.destroy();
      await closed(subject);
      expect(subject.closed).toEqual([undefined]);
    });
  });

  describe(`the peer of a Link of the transport ${transport}`, () => {
    it("ends it by ending its own side, without a reason", async () => {
      const { subject, client } = await connect();
      client.write(Uint8Array.of(1, 2, 3));
      client.end();
      await closed(subject);
      expect(subject.received).toEqual(Uint8Array.of(1, 2, 3));
      expect(subject.closed).toEqual([undefined]);
      expect(subject.link.writable).toBe(false);
    });

    it.runIf(canHalfClose)("still gets what was written before it ended, however late it reads", async () => {
      const { subject, client } = await connect();
      client.pause();
      const bytes = new Random(8).bytes(2 * MIB);
      subject.write(bytes);
      client.end();
      await sleep(QUIET_MS);
      client.resume();
      await Promise.all([closed(subject), ended(client)]);
      expect(same(client.received, bytes)).toBe(true);
    });

    it.runIf(canHalfClose)(
      "gives no reason either if it resets the connection after it has ended",
      async () => {
        const { subject, client } = await connect();
        client.pause();
        await fill(subject);
        client.end();
        await sleep(QUIET_MS);
        client.reset();
        await closed(subject);
        expect(subject.closed).toEqual([undefined]);
      },
    );

    it("closes it once, with a reason, by resetting the connection; later calls do no harm", async () => {
      const { subject, client } = await connect();
      client.write(Uint8Array.of(1));
      await arrived(subject, 1);
      client.reset();
      await closed(subject);
      expect(subject.closed).toEqual([expect.stringMatching(/\w/)]);
      subject.write(Uint8Array.of(1));
      subject.end();
      subject.destroy();
      await sleep(QUIET_MS);
      expect(subject.closed.length).toBe(1);
    });

    it("may reset the connection while the Link writes", async () => {
      const { subject, client } = await connect();
      client.pause();
      await fill(subject);
      client.reset();
      await closed(subject);
      expect(subject.closed).toEqual([expect.stringMatching(/\w/)]);
    });
  });
}

/** Comparing megabytes element by element would take the test runner seconds. */
function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0;
}
