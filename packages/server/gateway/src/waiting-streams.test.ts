import type { Stream } from "@headgate/bus";
import { describe, expect, it } from "vitest";
import { WaitingStreams } from "./waiting-streams.ts";

/** Plays that note which of them have been ended. */
class Plays {
  readonly waiting: WaitingStreams;
  readonly ended: string[] = [];
  readonly #streams = new Map<string, { key: object; publisher?: object | undefined }>();

  constructor(maxPerAddress: number, isFull: () => boolean = () => false) {
    this.waiting = new WaitingStreams(maxPerAddress, isFull);
  }

  stream(name: string): Stream {
    const stream = this.#streams.get(name) ?? { key: { application: "live", name } };
    this.#streams.set(name, stream);
    return stream as Stream;
  }

  publish(name: string): void {
    Object.assign(this.stream(name), { publisher: {} });
    this.waiting.published(this.stream(name));
  }

  unpublish(name: string): void {
    Object.assign(this.stream(name), { publisher: undefined });
    this.waiting.unpublished(this.stream(name));
  }

  enter(remoteAddress: string, name: string) {
    const stream = this.stream(name);
    const play = { stream, remoteAddress, giveUp: () => void this.ended.push(`${remoteAddress} ${name}`) };
    this.waiting.enter(play);
    return play;
  }
}

describe("streams that are waited for", () => {
  it("end in the order of their waits where an address waits for too many", () => {
    const plays = new Plays(2);
    for (const name of ["a", "b", "c", "d"]) plays.enter("192.0.2.1", name);
    expect(plays.ended).toEqual(["192.0.2.1 a", "192.0.2.1 b"]);
  });

  it("leave those of other addresses alone, and count a /64 as one address", () => {
    const plays = new Plays(1);
    plays.enter("192.0.2.1", "a");
    plays.enter("2001:db8::1", "b");
    expect(plays.ended).toEqual([]);
    plays.enter("2001:db8::2", "c");
    expect(plays.ended).toEqual(["2001:db8::1 b"]);
  });

  it("count once, however many viewers of an address wait for one, and end for all of them", () => {
    const plays = new Plays(2);
    const [first] = [
      plays.enter("192.0.2.1", "a"),
      plays.enter("192.0.2.1", "a"),
      plays.enter("192.0.2.1", "b"),
    ];
    expect(plays.ended).toEqual([]);
    plays.waiting.leave(first);
    plays.enter("192.0.2.1", "a");
    plays.enter("192.0.2.1", "c");
    expect(plays.ended).toEqual(["192.0.2.1 a", "192.0.2.1 a"]);
  });

  it("stay if so many viewers of one address wait that telling them takes long", () => {
    const plays = new Plays(2);
    for (let i = 0; i < 101; i += 1) plays.enter("192.0.2.1", "many");
    for (const name of ["a", "b"]) plays.enter("192.0.2.1", name);
    expect(plays.ended).toEqual(["192.0.2.1 a"]);
    for (let i = 0; i < 100; i += 1) plays.enter("192.0.2.1", "b");
    plays.enter("192.0.2.1", "c");
    expect(plays.ended).toEqual(["192.0.2.1 a", "192.0.2.1 c"]);
    plays.waiting.makeRoom();
    expect(plays.ended).toHaveLength(2);
  });

  it("do not count after they have left", () => {
    const plays = new Plays(1);
    for (const name of ["a", "b", "c"]) plays.waiting.leave(plays.enter("192.0.2.1", name));
    expect(plays.ended).toEqual([]);
  });

  it("make room at the cost of the address that waits for most", () => {
    const plays = new Plays(10);
    plays.enter("192.0.2.1", "a");
    for (const name of ["b", "c"]) plays.enter("192.0.2.2", name);
    plays.waiting.makeRoom();
    plays.waiting.makeRoom();
    expect(plays.ended[0]).toBe("192.0.2.2 b");
    expect(plays.ended).toHaveLength(2);
  });

  it("make room among some, at the cost of the address that waits for most of those", () => {
    const plays = new Plays(10);
    for (const name of ["a", "b", "c"]) plays.enter("192.0.2.1", name);
    for (const name of ["d", "e"]) plays.enter("192.0.2.2", name);
    const isAmong = ({ key: { name } }: Stream) => "cde".includes(name);
    expect([plays.waiting.makeRoom(isAmong), plays.ended]).toEqual([true, ["192.0.2.2 d"]]);
    expect(plays.waiting.makeRoom(({ key: { name } }) => name === "z")).toBe(false);
  });

  it("make room where several addresses wait for the same ones, and rather end what nobody else waits for", () => {
    const plays = new Plays(10);
    for (const name of ["a", "b", "c"]) plays.enter("192.0.2.1", name);
    for (const name of ["b", "a"]) plays.enter("192.0.2.2", name);
    plays.enter("192.0.2.3", "d");
    expect([plays.waiting.makeRoom(), plays.ended]).toEqual([true, ["192.0.2.1 c"]]);
    expect(plays.waiting.makeRoom()).toBe(true);
    expect(plays.ended).toEqual(["192.0.2.1 c", "192.0.2.1 a", "192.0.2.2 a"]);
  });

  it("need no room where no viewer waits", () => {
    expect(new Plays(1).waiting.makeRoom()).toBe(false);
  });

  it("are none while they are published, and the publisher that goes makes them some again", () => {
    const plays = new Plays(1);
    for (const name of ["a", "b"]) plays.publish(name);
    for (const name of ["a", "b", "c"]) plays.enter("192.0.2.1", name);
    plays.publish("c");
    plays.enter("192.0.2.1", "d");
    expect(plays.ended).toEqual([]);
    plays.unpublish("a");
    plays.enter("192.0.2.1", "e");
    expect(plays.ended).toEqual(["192.0.2.1 d"]);
  });

  it("whose publishers go in one moment are within the limit of an address only when its viewers hear of it", () => {
    const plays = new Plays(1);
    for (const name of ["a", "b"]) plays.publish(name);
    for (const name of ["a", "b"]) plays.enter("192.0.2.1", name);
    for (const name of ["a", "b"]) plays.unpublish(name);
    expect(plays.ended).toEqual([]);
    plays.waiting.limit("192.0.2.1");
    expect(plays.ended).toEqual(["192.0.2.1 a"]);
  });

  it("make room when a publisher goes and there are as many as there may be", () => {
    let isFull = false;
    const plays = new Plays(10, () => isFull);
    for (const name of ["a", "b"]) plays.enter("192.0.2.1", name);
    for (const name of ["c", "d"]) plays.publish(name);
    plays.enter("192.0.2.2", "c");
    isFull = true;
    for (const name of ["c", "d"]) plays.unpublish(name);
    expect(plays.ended).toEqual(["192.0.2.1 a"]);
  });
});
