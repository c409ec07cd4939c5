import { Random } from "@headgate/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import {
  BASE_MS,
  COALESCE_BYTES,
  COALESCE_MS,
  FIRST_BYTE_MS,
  GAP_MS,
  HOLD_MS,
  IDLE_MS,
  LINGER_MS,
  MAX_EARLY_BYTES,
  MAX_EARLY_REQUESTS,
  MAX_PAUSED_BYTES,
  MAX_WITHHELD_REQUESTS,
  WITHHOLD_MS,
} from "./limits.ts";
import type { TunnelReply } from "./tunnel-reply.ts";
import { type TunnelHandler, type TunnelRequest, TunnelSession } from "./tunnel-session.ts";

const MAX_REPLY_BYTES = 1000;

/** "held" until it is answered. */
type Answer = TunnelReply | "held" | "over";

class Client implements TunnelHandler {
  nowMs = 1_000_000;
  received: number[] = [];
  writableCalls = 0;
  closed: (string | undefined)[] = [];
  whenBytes: (bytes: Uint8Array) => void = () => {};
  readonly session = new TunnelSession(this, MAX_REPLY_BYTES, this.nowMs);

  onBytes(bytes: Uint8Array): void {
    this.received.push(...bytes);
    this.whenBytes(bytes);
  }

  onWritable(): void {
    this.writableCalls += 1;
  }

  onClosed(reason: string | undefined): void {
    this.closed.push(reason);
  }

  request(kind: TunnelRequest["kind"], sequence?: number, body: readonly number[] = [0]): Asked {
    const bytes = Uint8Array.from(body);
    const asked = new Asked(kind, sequence, bytes);
    this.session.request(asked, this.nowMs);
    // Connections use the memory again.
    bytes.fill(0xee);
    return asked;
  }

  write(...bytes: number[]): void {
    this.session.write(Uint8Array.from(bytes), this.nowMs);
  }

  /** Lets time pass, with every timeout at its moment. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.session.nextTimeoutMs <= endMs && !this.session.isOver(this.nowMs)) {
      this.nowMs = Math.max(this.nowMs, this.session.nextTimeoutMs);
      this.session.handleTimeout(this.nowMs);
    }
    this.nowMs = endMs;
  }
}

class Asked implements TunnelRequest {
  readonly kind: TunnelRequest["kind"];
  readonly sequence: number | undefined;
  readonly body: Uint8Array;
  reply: Answer = "held";

  constructor(kind: TunnelRequest["kind"], sequence: number | undefined, body: Uint8Array) {
    this.kind = kind;
    this.sequence = sequence;
    this.body = body;
  }

  readonly answer = (reply: TunnelReply | undefined): void => {
    if (this.reply !== "held") throw new Error("answered twice");
    this.reply = reply ?? "over";
  };

  /** What the reply carries after its interval byte. */
  get payload(): number[] | string {
    return typeof this.reply === "string" ? this.reply : [...Buffer.concat(this.reply.pieces)];
  }
}

let client: Client;

beforeEach(() => {
  client = new Client();
});

describe("the numbers of requests", () => {
  it("begin with 0", () => {
    client.request("send", 0, [1]);
    client.request("send", 1, [2]);
    expect(client.received).toEqual([1, 2]);
  });

  it("begin with 1 where there is no 0, which is waited for a little", () => {
    const first = client.request("send", 1, [1]);
    client.pass(BASE_MS - 1);
    expect([client.received, first.reply]).toEqual([[], "held"]);
    client.pass(1);
    client.request("send", 2, [2]);
    expect([client.received, first.payload]).toEqual([[1, 2], []]);
  });

  it("begin with 0 also where 1 has overtaken it", () => {
    const second = client.request("send", 1, [2]);
    client.pass(BASE_MS - 1);
    client.request("send", 0, [1]);
    expect([client.received, second.payload]).toEqual([[1, 2], []]);
  });

  it("put requests in order that come out of it", () => {
    client.request("send", 0, [1]);
    const third = client.request("send", 2, [3]);
    expect([client.received, third.reply]).toEqual([[1], "held"]);
    client.request("send", 1, [2]);
    expect(client.received).toEqual([1, 2, 3]);
    expect(third.payload).toEqual([]);
  });

  it("give every reply its own part of what is sent, in order, whatever order the requests come in", () => {
    const random = new Random(7);
    const sent = [...random.bytes(20_000)];
    client.request("send", 0, [1]);
    client.write(...sent);
    const got: (number[] | string)[] = [];
    for (let base = 1; base < 41; base += 4) {
      const numbers = [base, base + 1, base + 2, base + 3];
      for (let i = 3; i > 0; i--) numbers.push(...numbers.splice(random.below(i + 1), 1));
      const asked = numbers.map((number) => client.request("idle", number));
      asked.sort((a, b) => a.sequence! - b.sequence!);
      got.push(...asked.map(({ payload }) => payload));
    }
    expect(got.flat().slice(0, sent.length)).toEqual(sent);
  });

  it("tell a request that comes again, which has the same reply and no effect", () => {
    client.request("send", 0, [1]);
    client.write(10, 11);
    const first = client.request("send", 1, [2]);
    client.write(12);
    const again = client.request("send", 1, [2]);
    expect(again.reply).toEqual(first.reply);
    expect([client.received, again.payload]).toEqual([
      [1, 2],
      [10, 11],
    ]);
    expect(client.request("idle", 2).payload).toEqual([12]);
    expect(client.session.bytesSent).toBe(3);
  });

  it("of which one is missing for too long end the session", () => {
    client.request("send", 0, [1]);
    const late = client.request("send", 2, [3]);
    client.pass(GAP_MS - 1);
    expect(client.closed).toEqual([]);
    client.pass(1);
    expect([client.closed, late.reply]).toEqual([["request 1 is missing"], "over"]);
  });

  it("that leave too many, too much or too far behind end the session", () => {
    const [many, much, far] = [new Client(), new Client(), new Client()];
    for (const other of [many, much, far]) other.request("send", 0, [1]);
    for (let i = 0; i <= MAX_EARLY_REQUESTS; i++) many.request("idle", 2 + i);
    much.session.request(new Asked("send", 2, new Uint8Array(MAX_EARLY_BYTES + 1)), much.nowMs);
    far.request("idle", 1_000_000);
    for (const other of [many, much, far]) {
      expect(other.closed).toEqual([expect.stringMatching(/came instead of 1/)]);
      expect(other.session.isOver(other.nowMs)).toBe(true);
    }
  });

  it("long past are answered with nothing", () => {
    for (let sequence = 0; sequence < 30; sequence++) client.request("send", sequence, [sequence]);
    client.write(1);
    expect(client.request("send", 3, [3]).payload).toEqual([]);
    expect(client.received.length).toBe(30);
  });
});

describe("an idle request", () => {
  beforeEach(() => {
    client.request("send", 0, [1]);
  });

  it("is answered at once with what there is", () => {
    client.write(1, 2);
    expect(client.request("idle", 1).payload).toEqual([1, 2]);
  });

  it("waits for data, and then a little for more of it", () => {
    const idle = client.request("idle", 1);
    client.pass(100);
    client.write(1);
    client.pass(COALESCE_MS - 1);
    client.write(2);
    expect(idle.reply).toBe("held");
    client.pass(1);
    expect(idle.payload).toEqual([1, 2]);
  });

  it("does not wait any longer when a reply is full", () => {
    const idle = client.request("idle", 1);
    client.write(...new Uint8Array(MAX_REPLY_BYTES));
    client.pass(0);
    expect(idle.payload.length).toBe(MAX_REPLY_BYTES);
  });

  it("does not wait any longer for more when there is much", () => {
    const roomy = new TunnelSession(client, 2 * COALESCE_BYTES, client.nowMs);
    const idle = new Asked("idle", 0, Uint8Array.of(0));
    roomy.request(idle, client.nowMs);
    roomy.write(new Uint8Array(COALESCE_BYTES - 1), client.nowMs);
    expect(idle.reply).toBe("held");
    roomy.write(new Uint8Array(3), client.nowMs);
    expect([idle.payload.length, roomy.writable, client.writableCalls]).toEqual([
      COALESCE_BYTES + 2,
      true,
      0,
    ]);
    const next = new Asked("idle", 1, Uint8Array.of(0));
    roomy.request(next, client.nowMs);
    roomy.write(new Uint8Array(5 * COALESCE_BYTES), client.nowMs);
    expect([next.payload.length, roomy.writable, client.writableCalls]).toEqual([
      2 * COALESCE_BYTES,
      false,
      0,
    ]);
  });

  it("is answered without data after a while", () => {
    const idle = client.request("idle", 1);
    client.pass(HOLD_MS - 1);
    expect(idle.reply).toBe("held");
    client.pass(1);
    expect(idle.payload).toEqual([]);
  });

  it("is answered when another request comes, on whatever connection", () => {
    const idle = client.request("idle", 1);
    const send = client.request("send", 2, [2]);
    expect([idle.payload, send.payload]).toEqual([[], []]);
    const [first, second] = [client.request("idle", 3), client.request("idle", 4)];
    expect([first.payload, second.reply]).toEqual([[], "held"]);
  });

  it("is answered when it comes again while it waits, and so is that", () => {
    const idle = client.request("idle", 1);
    client.write(5);
    const again = client.request("idle", 1);
    expect([idle.payload, again.payload]).toEqual([[5], [5]]);
  });

  it("whose connection is lost takes no data with it, and may come again", () => {
    const lost = client.request("idle", 1);
    client.session.cancel(lost, client.nowMs);
    client.write(5);
    client.pass(HOLD_MS);
    expect(lost.reply).toBe("held");
    expect(client.request("idle", 1).payload).toEqual([5]);
  });

  it("says to ask less often when there is nothing for long, and often again when there is", () => {
    const bytes: number[] = [];
    for (let sequence = 1; sequence <= 60; sequence++) {
      const { reply } = [client.request("idle", sequence), client.pass(HOLD_MS)][0] as Asked;
      bytes.push((reply as TunnelReply).interval);
    }
    expect([...new Set(bytes)]).toEqual([0x01, 0x03, 0x05, 0x09, 0x11, 0x21]);
    client.write(1);
    expect((client.request("idle", 61).reply as TunnelReply).interval).toBe(1);
  });
});

describe("a send request", () => {
  it("is answered at once, with what its bytes bring about", () => {
    client.whenBytes = () => client.write(7, 8);
    expect(client.request("send", 0, [1]).payload).toEqual([7, 8]);
    client.whenBytes = () => {};
    expect(client.request("send", 1, [1]).payload).toEqual([]);
  });

  it("may be without bytes, and its bytes may end the session", () => {
    client.request("send", 0, []);
    client.whenBytes = () => client.session.destroy(client.nowMs);
    expect(client.request("send", 1, [1]).reply).toBe("over");
    expect([client.received, client.closed]).toEqual([[1], [undefined]]);
  });
});

describe("what is sent", () => {
  it("is more than fits into a reply: the session is not writable until it is fetched", () => {
    client.request("send", 0, [1]);
    client.write(...new Uint8Array(2 * MAX_REPLY_BYTES + 1));
    expect(client.session.writable).toBe(false);
    expect(client.request("idle", 1).payload.length).toBe(MAX_REPLY_BYTES);
    expect([client.session.writable, client.writableCalls]).toEqual([false, 0]);
    client.request("idle", 2);
    expect([client.session.writable, client.writableCalls]).toEqual([true, 1]);
    client.request("idle", 3);
    expect(client.writableCalls).toBe(1);
  });
});

describe("a session that is paused", () => {
  beforeEach(() => {
    client.request("send", 0, [1]);
    client.session.pause();
  });

  it("takes the bytes of a request and answers it, and those behind it, once it is resumed", () => {
    const send = client.request("send", 1, [2]);
    const idle = client.request("idle", 2);
    client.write(7);
    client.pass(HOLD_MS - 1);
    expect([client.received, send.reply, idle.reply, client.closed]).toEqual([[1, 2], "held", "held", []]);
    client.session.resume(client.nowMs);
    expect(send.payload).toEqual([7]);
    client.pass(HOLD_MS);
    expect(idle.payload).toEqual([]);
  });

  it("answers idle requests behind one that waits in their time, without the data that comes after its", () => {
    const send = client.request("send", 1, [2]);
    client.write(7);
    const [older, newer] = [client.request("idle", 2), client.request("idle", 3)];
    expect([older.payload, newer.reply]).toEqual([[], "held"]);
    client.pass(HOLD_MS);
    expect([send.reply, newer.payload]).toEqual(["held", []]);
    expect(client.request("idle", 3).payload).toEqual([]);
    client.session.resume(client.nowMs);
    expect(send.payload).toEqual([7]);
  });

  it("answers a request in bounded time though it is not resumed, and the session goes on", () => {
    const [first, second] = [client.request("send", 1, [2]), client.request("send", 2, [3])];
    client.write(7);
    client.pass(WITHHOLD_MS - 1);
    expect([first.reply, second.reply]).toEqual(["held", "held"]);
    client.pass(1);
    expect([first.payload, second.payload, client.closed]).toEqual([[7], [], []]);
    const next = client.request("send", 3, [4]);
    client.pass(WITHHOLD_MS);
    expect([next.payload, client.received, client.closed]).toEqual([[], [1, 2, 3, 4], []]);
    client.pass(IDLE_MS);
    expect(client.closed).toEqual(["no request in time"]);
  });

  it("answers the last copy of a request that comes again while it waits, with data, and the others without", () => {
    const copies = [1, 2, 3].map(() => client.request("send", 1, [2]));
    client.write(7);
    client.session.resume(client.nowMs);
    expect(copies.map(({ payload }) => payload)).toEqual([[], [], [7]]);
    expect([client.received, client.request("send", 1, [2]).payload]).toEqual([[1, 2], [7]]);
  });

  it("is ended by a client that sends much though it is asked to wait, on lost connections too", () => {
    const body = [...new Uint8Array(1000)];
    for (let sequence = 1; sequence <= MAX_WITHHELD_REQUESTS; sequence += 1)
      client.session.cancel(client.request("send", sequence, body), client.nowMs);
    expect([client.closed, client.session.heldBytes]).toEqual([[], MAX_WITHHELD_REQUESTS * body.length]);
    client.request("send", MAX_WITHHELD_REQUESTS + 1, body);
    expect(client.closed).toEqual(["requests sent while none is answered"]);
  });

  it("is ended by a client that sends too much though it is asked to wait, and is answered now and then", () => {
    const closed: (string | undefined)[] = [];
    const session = new TunnelSession(
      { onBytes: () => {}, onWritable: () => {}, onClosed: (reason) => closed.push(reason) },
      MAX_REPLY_BYTES,
      0,
    );
    session.pause();
    const body = new Uint8Array(MAX_PAUSED_BYTES / 2);
    const send = (sequence: number): void => {
      session.request(new Asked("send", sequence, body), sequence * WITHHOLD_MS);
      session.handleTimeout((sequence + 1) * WITHHOLD_MS);
    };
    for (const sequence of [0, 1]) send(sequence);
    expect([closed, session.heldBytes]).toEqual([[], MAX_PAUSED_BYTES]);
    send(2);
    expect([closed, session.heldBytes]).toEqual([["bytes sent while the session is paused"], 0]);
  });

  it("tells how much its handler holds meanwhile, also of the body that was too much", () => {
    client.session.resume(client.nowMs);
    client.whenBytes = () => client.session.pause();
    client.request("send", 1, [2, 3, 4]);
    expect(client.session.heldBytes).toBe(3);
    client.request("send", 2, [5]);
    expect(client.session.heldBytes).toBe(4);
    client.session.resume(client.nowMs);
    expect(client.session.heldBytes).toBe(0);
  });

  it("answers requests that only ask", () => {
    client.write(7);
    expect(client.request("idle", 1).payload).toEqual([7]);
  });

  it("is ended by a client that does not wait for its answers", () => {
    for (let sequence = 1; sequence <= MAX_WITHHELD_REQUESTS + 1; sequence += 1)
      client.request("send", sequence, [2]);
    expect(client.closed).toEqual(["requests sent while none is answered"]);
  });

  it("gives no data to a request whose connection is lost", () => {
    const send = client.request("send", 1, [2]);
    client.session.cancel(send, client.nowMs);
    client.write(7);
    client.session.resume(client.nowMs);
    expect(send.reply).toBe("held");
    expect(client.request("send", 1, [2]).payload).toEqual([]);
    expect(client.request("idle", 2).payload).toEqual([7]);
    expect(client.received).toEqual([1, 2]);
  });

  it("has a request whose connection is lost wait on if it comes again", () => {
    client.session.cancel(client.request("send", 1, [2]), client.nowMs);
    client.write(7);
    const again = client.request("send", 1, [2]);
    expect(again.reply).toBe("held");
    client.session.resume(client.nowMs);
    expect([again.payload, client.received]).toEqual([[7], [1, 2]]);
  });

  it("answers everything when it ends", () => {
    const send = client.request("send", 1, [2]);
    client.session.end(client.nowMs);
    expect([send.reply, client.closed]).toEqual(["over", [undefined]]);
    const other = new Client();
    other.session.pause();
    const withheld = other.request("send", 0, [1]);
    expect(other.request("close", 1).payload).toEqual([]);
    expect([withheld.reply, other.closed]).toEqual(["over", [undefined]]);
  });
});

describe("every request is answered in bounded time", () => {
  /** Longer than any of them may take. */
  const ENOUGH_MS = WITHHOLD_MS + GAP_MS;
  const paused = (): void => client.session.pause();

  const SCENARIOS: Readonly<Record<string, () => readonly Asked[]>> = {
    "idle requests behind a send while paused, resumed": () => {
      paused();
      const asked = [client.request("send", 0)];
      for (let sequence = 1; sequence < 8; sequence += 1) asked.push(client.request("idle", sequence));
      client.session.resume(client.nowMs);
      return asked;
    },
    "idle requests behind a send while paused, never resumed": () => {
      paused();
      return [client.request("send", 0), ...[1, 2, 3].map((sequence) => client.request("idle", sequence))];
    },
    "idle and send requests in turn while paused": () => {
      paused();
      return [0, 1, 2, 3, 4, 5, 6].map((sequence) =>
        client.request(sequence % 2 ? "idle" : "send", sequence),
      );
    },
    "requests behind one whose connection is lost": () => {
      paused();
      client.session.cancel(client.request("send", 0), client.nowMs);
      return [1, 2, 3].map((sequence) => client.request("idle", sequence));
    },
    "a request that is sent again and again while paused": () => {
      paused();
      return [0, 0, 0, 0].map((sequence) => client.request("send", sequence));
    },
    "early requests of which one is missing": () => {
      client.request("send", 0);
      return [2, 3, 4].map((sequence) => client.request("idle", sequence));
    },
    "an early request that others crawl towards": () => {
      client.request("send", 0);
      const asked = [client.request("idle", 8)];
      for (let sequence = 1; sequence < 5; sequence += 1) {
        client.pass(GAP_MS - 1);
        asked.push(client.request("send", sequence));
      }
      return asked;
    },
    "a request that comes first and has number 1": () => [client.request("idle", 1)],
    "the same idle request, many times": () => {
      client.request("send", 0);
      return [1, 1, 1, 1].map((sequence) => client.request("idle", sequence));
    },
    "a close that comes too early": () => {
      client.request("send", 0);
      return [client.request("close", 9)];
    },
    "requests without a byte": () => [client.request("idle", 0), client.request("idle", 1)],
    "requests of a session that ends": () => {
      paused();
      const asked = [client.request("send", 0), client.request("idle", 1), client.request("idle", 7)];
      client.session.end(client.nowMs);
      return [...asked, client.request("idle", 2), client.request("send", 3)];
    },
    "requests behind a close": () => {
      client.request("send", 0);
      return [client.request("idle", 1), client.request("close", 2), client.request("idle", 3)];
    },
  };

  it.each(Object.entries(SCENARIOS))("%s", (_, run) => {
    const asked = run();
    client.pass(ENOUGH_MS);
    expect(asked.map(({ reply }) => reply)).not.toContain("held");
  });

  it("however late the timer is", () => {
    paused();
    const asked = [client.request("send", 0), client.request("idle", 1), client.request("send", 2)];
    client.session.handleTimeout(client.nowMs + WITHHOLD_MS);
    expect(asked.map(({ reply }) => reply)).not.toContain("held");
  });

  it("and none of the data is lost, doubled or out of order, whatever comes in between", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      client = new Client();
      expect([seed, runAtRandom(new Random(seed))]).toEqual([seed, "whole"]);
    }
  });

  /** Requests in any order, over connections that get lost, to a session that is paused and resumed. */
  function runAtRandom(random: Random): string {
    const copies: Asked[] = [];
    const lost = new Set<Asked>();
    const ask = (sequence: number): void => {
      const kind = sequence % 3 === 1 ? "send" : "idle";
      copies.push(client.request(kind, sequence, kind === "send" ? [sequence] : []));
    };
    let written = 0;
    for (let base = 0; base < 40; base += 4) {
      const numbers = [base, base + 1, base + 2, base + 3];
      if (random.below(2) === 0) numbers.reverse();
      for (const number of numbers) {
        ask(number);
        const last = copies.at(-1)!;
        const chance = random.below(8);
        if (chance < 2 && last.reply === "held") {
          client.session.cancel(last, client.nowMs);
          lost.add(last);
        }
        // A lost request mostly comes again, and sometimes one does that is not lost.
        if (chance === 0 || chance === 2) ask(number);
        if (chance === 3) client.session.pause();
        if (chance === 4) client.session.resume(client.nowMs);
        if (random.below(2) === 0) client.write(written++ & 0xff);
        client.pass(random.below(3) * random.below(HOLD_MS));
      }
    }
    client.session.resume(client.nowMs);
    client.pass(ENOUGH_MS);
    if (client.closed.length > 0) return `closed: ${client.closed}`;
    if (copies.some((copy) => copy.reply === "held" && !lost.has(copy))) return "not all are answered";
    const bySequence = new Map<number, readonly number[]>();
    for (const { sequence, payload } of copies)
      if (typeof payload !== "string") bySequence.set(sequence!, payload);
    const got = [...bySequence].sort(([a], [b]) => a - b).flatMap(([, payload]) => payload);
    const sent = Array.from({ length: got.length }, (_, index) => index & 0xff);
    return JSON.stringify(got) === JSON.stringify(sent) ? "whole" : `got ${got}`;
  }
});

describe("the end", () => {
  beforeEach(() => {
    client.request("send", 0, [1]);
  });

  it("by the server comes after what it has sent", () => {
    client.write(1, 2);
    client.session.end(client.nowMs);
    client.write(3);
    expect(client.request("idle", 1).payload).toEqual([1, 2]);
    expect(client.closed).toEqual([]);
    expect(client.request("idle", 2).reply).toBe("over");
    expect(client.closed).toEqual([undefined]);
  });

  it("by the server answers the request that waits", () => {
    const idle = client.request("idle", 1);
    client.session.end(client.nowMs);
    client.pass(0);
    expect([idle.reply, client.closed]).toEqual(["over", [undefined]]);
  });

  it("by the client comes at once, with or without a number, and the rest can still be fetched", () => {
    client.write(...new Uint8Array(MAX_REPLY_BYTES + 2));
    expect(client.request("close").payload.length).toBe(MAX_REPLY_BYTES);
    expect(client.closed).toEqual([undefined]);
    expect(client.request("idle", 1).payload).toEqual([0, 0]);
    expect(client.request("idle", 2).reply).toBe("over");
    const other = new Client();
    expect(other.request("close", 0).payload).toEqual([]);
    expect(other.closed).toEqual([undefined]);
  });

  it("by the server has what can still be fetched held for it", () => {
    client.write(1, 2, 3);
    client.request("idle", 1);
    client.write(4, 5);
    expect([client.session.queuedBytes, client.session.keptBytes, client.session.heldBytes]).toEqual([
      2, 3, 0,
    ]);
    client.session.end(client.nowMs);
    expect(client.session.heldBytes).toBe(5);
    client.session.destroy(client.nowMs);
    expect(client.session.heldBytes).toBe(0);
  });

  it("by the client lets go of the replies before", () => {
    client.write(1, 2, 3);
    client.request("idle", 1);
    client.request("close", 2);
    expect([client.session.keptBytes, client.request("close", 2).payload]).toEqual([0, []]);
  });

  it("leaves nothing after a while", () => {
    client.request("close", 1);
    client.pass(LINGER_MS - 1);
    expect(client.session.isOver(client.nowMs)).toBe(false);
    client.pass(1);
    expect(client.session.isOver(client.nowMs)).toBe(true);
  });

  it("comes when a client does not ask any more; the server's own end needs no reason", () => {
    client.write(1);
    client.pass(IDLE_MS - 1);
    expect(client.closed).toEqual([]);
    client.pass(1);
    expect(client.closed).toEqual(["no request in time"]);
    const ended = new Client();
    ended.request("send", 0, [1]);
    ended.session.end(ended.nowMs);
    ended.pass(IDLE_MS);
    expect(ended.closed).toEqual([undefined]);
  });

  it("comes to a client that asks the same again and again, which is not to be kept for it for ever", () => {
    for (let again = 0; again < 4; again += 1) {
      client.request("send", 0, [1]);
      client.pass(IDLE_MS / 4);
    }
    expect(client.closed).toEqual(["no request in time"]);
  });

  it("does not come to a client that asks, however long it waits", () => {
    for (let sequence = 1; sequence < 100; sequence++) {
      client.request("idle", sequence);
      client.pass(HOLD_MS);
    }
    client.pass(IDLE_MS - 1);
    expect(client.closed).toEqual([]);
  });

  it("comes to a session that is opened and never has a byte, even if it asks", () => {
    const other = new Client();
    other.request("idle", 0);
    other.pass(FIRST_BYTE_MS);
    expect(other.closed).toEqual(["no byte in time"]);
    expect(other.session.isOver(other.nowMs)).toBe(true);
  });
});
