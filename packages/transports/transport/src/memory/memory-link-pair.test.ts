import { describe, expect, it } from "vitest";
import type { LinkHandler } from "../link.ts";
import { memoryLinkPair } from "./memory-link-pair.ts";

/** What a handler has been told, as text: bytes as they are, the rest in capitals. */
class Story implements LinkHandler {
  readonly lines: string[] = [];
  readonly given: Uint8Array[] = [];
  #onBytes: (text: string) => void;

  constructor(onBytes: (text: string) => void = () => {}) {
    this.#onBytes = onBytes;
  }

  onBytes(bytes: Uint8Array): void {
    this.given.push(bytes);
    const text = new TextDecoder().decode(bytes);
    this.lines.push(text);
    this.#onBytes(text);
  }

  onWritable(): void {
    this.lines.push("WRITABLE");
  }

  onClosed(reason?: string): void {
    this.lines.push(reason === undefined ? "CLOSED" : `CLOSED: ${reason}`);
  }
}

const text = (letters: string) => new TextEncoder().encode(letters);

function openPair(capacity = 10) {
  const pair = memoryLinkPair({ capacity });
  const [near, far] = [new Story(), new Story()];
  pair.near.open(near);
  pair.far.open(far);
  return { ...pair, stories: { near, far } };
}

describe("a pair of Links in memory", () => {
  it("hands nothing over until it is told to", () => {
    const { near, far, deliver, stories } = openPair();
    near.write(text("ab"));
    near.write(text("c"));
    expect(stories.far.lines).toEqual([]);
    expect(far.waitingBytes).toBe(3);
    expect(deliver()).toBe(true);
    expect(stories.far.lines).toEqual(["ab", "c"]);
    expect(deliver()).toBe(false);
  });

  it("hands over what the handlers write meanwhile, too", () => {
    const { near, far, deliver } = memoryLinkPair();
    const [one, other] = [new Story(), new Story((said) => said === "ping" && far.write(text("pong")))];
    near.open(one);
    far.open(other);
    near.write(text("ping"));
    deliver();
    expect(one.lines).toEqual(["pong"]);
  });

  it("shares no memory between its ends, and none with a handler that keeps it", () => {
    const { near, deliver, stories } = openPair();
    const bytes = text("ab");
    near.write(bytes);
    deliver();
    expect(stories.far.lines).toEqual(["ab"]);
    expect(bytes).toEqual(text("ab"));
    expect(stories.far.given[0]).not.toEqual(text("ab"));
  });

  it("is not writable at its capacity, and tells when it is again, once", () => {
    const { near, far, deliver, stories } = openPair(4);
    near.write(text("abc"));
    expect(near.writable).toBe(true);
    near.write(text("d"));
    expect(near.writable).toBe(false);
    near.write(text("efg"));
    far.pause();
    deliver();
    expect(stories.near.lines).toEqual([]);
    far.resume();
    deliver();
    expect(stories.far.lines).toEqual(["abc", "d", "efg"]);
    expect(stories.near.lines).toEqual(["WRITABLE"]);
    expect(near.writable).toBe(true);
  });

  it("holds only what the paused end would read", () => {
    const { near, far, deliver, stories } = openPair();
    near.pause();
    near.write(text("to far"));
    far.write(text("to near"));
    deliver();
    expect([stories.near.lines, stories.far.lines]).toEqual([[], ["to far"]]);
  });

  it("ends both ends when one has ended, after what both had written", () => {
    const { near, far, deliver, stories } = openPair();
    near.write(text("last"));
    near.end();
    far.write(text("words"));
    deliver();
    expect(stories.far.lines).toEqual(["last", "CLOSED"]);
    expect(stories.near.lines).toEqual(["words", "CLOSED"]);
    far.write(text("too late"));
    expect(deliver()).toBe(false);
  });

  it("does not end while the other end does not read", () => {
    const { near, far, deliver, stories } = openPair();
    far.pause();
    near.write(text("last"));
    near.end();
    deliver();
    expect([...stories.near.lines, ...stories.far.lines]).toEqual([]);
    far.resume();
    deliver();
    expect(stories.far.lines).toEqual(["last", "CLOSED"]);
  });

  it("drops what is under way when one end is destroyed", () => {
    const { near, deliver, stories } = openPair();
    near.write(text("lost"));
    near.destroy();
    deliver();
    expect([stories.near.lines, stories.far.lines]).toEqual([["CLOSED"], ["CLOSED"]]);
  });

  it("can break off, which both ends are told unless they were ending anyway", () => {
    const broken = openPair();
    broken.near.breakOff("no route");
    broken.deliver();
    expect([broken.stories.near.lines, broken.stories.far.lines]).toEqual([
      ["CLOSED: no route"],
      ["CLOSED: no route"],
    ]);
    const ending = openPair();
    ending.near.end();
    ending.near.breakOff("no route");
    ending.deliver();
    expect([ending.stories.near.lines, ending.stories.far.lines]).toEqual([["CLOSED"], ["CLOSED: no route"]]);
  });
});
