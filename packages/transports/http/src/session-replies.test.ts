import { beforeEach, describe, expect, it } from "vitest";
import { BLAMELESS_REPLY_BYTES } from "./limits.ts";
import { LeftReplies, type ReplyConnection, SessionReplies } from "./session-replies.ts";

class Connection implements ReplyConnection {
  unreadBytes = 0;
  isDestroyed = false;

  destroy(): void {
    this.isDestroyed = true;
    this.unreadBytes = 0;
  }
}

const KIB = 1024;
let one: Connection;
let other: Connection;

beforeEach(() => {
  [one, other] = [new Connection(), new Connection()];
});

describe("unread replies of a session", () => {
  it("are those of all connections, until they are read", () => {
    const replies = new SessionReplies();
    one.unreadBytes = 100;
    replies.add(one, 70);
    replies.add(one, 20);
    other.unreadBytes = 5;
    replies.add(other, 10);
    expect(replies.bytes).toBe(95);
    one.unreadBytes = 30;
    expect(replies.bytes).toBe(35);
    other.destroy();
    expect(replies.bytes).toBe(30);
    one.unreadBytes = 0;
    expect(replies.bytes).toBe(0);
    one.unreadBytes = 1000;
    expect(replies.bytes).toBe(0);
  });
});

describe("replies that are left", () => {
  const held = new Map<object, number>();
  const memory = {
    tryHold: (holder: object, bytes: number, _address: string, blamelessBytes = 0) => {
      held.set(holder, bytes);
      return sum() <= 100 * KIB || bytes <= blamelessBytes;
    },
    release: (holder: object) => held.delete(holder),
  };
  const sum = (): number => [...held.values()].reduce((total, bytes) => total + bytes, 0);

  beforeEach(() => held.clear());

  it("are held in the memory of all until they are read", () => {
    const [replies, left] = [new SessionReplies(), new LeftReplies(memory)];
    one.unreadBytes = 90 * KIB;
    replies.add(one, 50 * KIB);
    replies.moveTo(left, "192.0.2.1");
    expect([replies.bytes, sum()]).toEqual([0, 50 * KIB]);
    left.add(one, 10 * KIB, "192.0.2.1");
    expect(sum()).toBe(60 * KIB);
    one.unreadBytes = 20 * KIB;
    left.sweep();
    expect(sum()).toBe(20 * KIB);
    one.unreadBytes = 0;
    left.sweep();
    expect([held.size, one.isDestroyed]).toEqual([0, false]);
  });

  it("end the connection that has many of them, when they are too many", () => {
    const left = new LeftReplies(memory);
    [one.unreadBytes, other.unreadBytes] = [100 * KIB, BLAMELESS_REPLY_BYTES];
    left.add(one, 100 * KIB, "192.0.2.1");
    left.add(other, BLAMELESS_REPLY_BYTES, "192.0.2.1");
    expect([one.isDestroyed, other.isDestroyed]).toEqual([false, false]);
    left.sweep();
    expect([one.isDestroyed, other.isDestroyed, sum()]).toEqual([true, false, BLAMELESS_REPLY_BYTES]);
  });
});
