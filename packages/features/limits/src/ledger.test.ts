import { describe, expect, it } from "vitest";
import { type Group, Ledger } from "./ledger.ts";

const group = (key: string, member: string, most?: number, mostBitrate?: number): Group => ({
  key,
  member,
  most,
  mostBitrate,
});
const claim = (id: string, ...groups: Group[]) => ({ id, groups, caps: [] });

describe("the ledger", () => {
  it("takes a claim in all of its groups, or in none", () => {
    const ledger = new Ledger();
    expect(ledger.take(claim("1", group("a", "1", 2), group("b", "1", 1)))).toBeUndefined();
    expect(ledger.take(claim("2", group("a", "2", 2), group("b", "2", 1)))).toEqual({ at: 1, of: "members" });
    expect(ledger.take(claim("3", group("a", "3", 2)))).toBeUndefined();
    expect(ledger.take(claim("4", group("a", "4", 2)))).toEqual({ at: 0, of: "members" });
    ledger.giveBack("1");
    ledger.giveBack("2");
    expect(ledger.take(claim("5", group("a", "5", 2), group("b", "5", 1)))).toBeUndefined();
    for (const id of ["3", "5", "5", "nobody"]) ledger.giveBack(id);
    expect(ledger.size).toBe(0);
  });

  it("counts a member once, until its last slot is given back", () => {
    const ledger = new Ledger();
    for (const id of ["1", "2"]) expect(ledger.take(claim(id, group("a", "same", 1)))).toBeUndefined();
    expect(ledger.full(claim("3", group("a", "other", 1)))).toEqual({ at: 0, of: "members" });
    ledger.giveBack("1");
    expect(ledger.full(claim("3", group("a", "other", 1)))).toBeDefined();
    ledger.giveBack("2");
    expect(ledger.full(claim("3", group("a", "other", 1)))).toBeUndefined();
  });

  it("lets nothing in where the limit is 0, and all where there is none", () => {
    const ledger = new Ledger();
    expect(ledger.take(claim("1", group("a", "1", 0)))).toBeDefined();
    for (let id = 0; id < 100; id += 1)
      expect(ledger.take(claim(`${id}`, group("b", `${id}`)))).toBeUndefined();
  });

  it("holds the strictest cap of those who have set one, while they have their slot", () => {
    const ledger = new Ledger();
    ledger.take({ id: "p", groups: [], caps: [{ key: "v", most: 1 }] });
    ledger.take({ id: "q", groups: [], caps: [{ key: "v", most: 2 }] });
    expect(ledger.take(claim("1", group("v", "1")))).toBeUndefined();
    expect(ledger.take(claim("2", group("v", "2", 5)))).toBeDefined();
    ledger.giveBack("p");
    expect(ledger.take(claim("2", group("v", "2", 5)))).toBeUndefined();
    expect(ledger.take(claim("3", group("v", "3", 5)))).toBeDefined();
    ledger.giveBack("q");
    expect(ledger.take(claim("3", group("v", "3", 5)))).toBeUndefined();
  });

  it("ends the last that came where there is too much bitrate, and lets nobody in meanwhile", () => {
    const ledger = new Ledger();
    for (const id of ["1", "2", "3"]) ledger.take(claim(id, group("v", id, undefined, 1_000)));
    expect(
      ledger.report([
        ["1", 400],
        ["2", 400],
        ["unknown", 9_000],
      ]),
    ).toEqual([]);
    expect(ledger.report([["3", 400]])).toEqual(["3"]);
    expect(ledger.take(claim("4", group("v", "4", undefined, 1_000)))).toEqual({ at: 0, of: "bitrate" });
    ledger.giveBack("3");
    expect(
      ledger.report([
        ["1", 400],
        ["2", 400],
      ]),
    ).toEqual([]);
    expect(ledger.take(claim("4", group("v", "4", undefined, 1_000)))).toBeUndefined();
  });
});
