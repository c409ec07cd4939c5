import { describe, expect, it } from "vitest";
import { Directory } from "./directory.ts";

const publisher = (slot: number) => ({ slot, isPulled: false });
const pull = (slot: number) => ({ slot, isPulled: true });

describe("the directory", () => {
  it("gives a stream to the first who has it, and with takeover to the last", () => {
    const directory = new Directory();
    expect(directory.published("live/cam", publisher(0), "reject")).toEqual({
      owner: publisher(0),
      givesUp: undefined,
    });
    expect(directory.published("live/cam", publisher(1), "reject")).toEqual({
      owner: publisher(0),
      givesUp: 1,
    });
    expect(directory.published("live/cam", publisher(2), "takeover")).toEqual({
      owner: publisher(2),
      givesUp: 0,
    });
  });

  it("lets a stream that is pulled give way to one that is published, and to no other pull", () => {
    const directory = new Directory();
    directory.published("live/cam", pull(0), "reject");
    expect(directory.published("live/cam", pull(1), "takeover")).toEqual({
      owner: pull(0),
      givesUp: undefined,
    });
    expect(directory.published("live/cam", publisher(1), "reject")).toEqual({
      owner: publisher(1),
      givesUp: 0,
    });
    expect(directory.published("live/cam", pull(0), "reject")).toEqual({
      owner: publisher(1),
      givesUp: undefined,
    });
  });

  it("takes an end from nobody but the owner", () => {
    const directory = new Directory();
    directory.published("live/cam", publisher(0), "reject");
    expect(directory.unpublished("live/cam", 1)).toBe(false);
    expect(directory.unpublished("live/cam", 0)).toBe(true);
    expect(directory.streams.size).toBe(0);
  });

  it("forgets what a worker had that is gone", () => {
    const directory = new Directory();
    directory.published("live/a", publisher(0), "reject");
    directory.published("live/b", publisher(1), "reject");
    directory.published("live/c", publisher(0), "reject");
    expect(directory.removeWorker(0)).toEqual(["live/a", "live/c"]);
    expect([...directory.streams.keys()]).toEqual(["live/b"]);
  });
});
