import { expect, test } from "vitest";
import { LogTail, mergeLogs } from "./log-tail.ts";

function line(msg: string, fields: object = {}): string {
  return JSON.stringify({
    level: "info",
    time: "2026-12-01T10:00:00.000Z",
    pid: 1,
    hostname: "here",
    ...fields,
    msg,
  });
}

const messages = (tail: LogTail, after = "", count = 500) =>
  tail.read(after, count).lines.map(({ message }) => message);

test("the newest lines are told, and then what has come since", () => {
  const tail = new LogTail();
  expect(tail.read("", 10).lines).toEqual([]);
  for (let index = 0; index < 5; index += 1) tail.add(line(`line ${index}`, { port: index }));
  expect(messages(tail, "", 2)).toEqual(["line 3", "line 4"]);
  const { next, lines } = tail.read("", 10);
  expect(lines[0]).toEqual({
    time: "2026-12-01T10:00:00.000Z",
    level: "info",
    message: "line 0",
    process: expect.stringMatching(/^[0-9a-f]{8}$/),
    fields: { port: 0 },
  });
  expect(messages(tail, next)).toEqual([]);
  tail.add(line("another"));
  expect(messages(tail, next)).toEqual(["another"]);
});

test("a thousand lines are kept, whatever comes", () => {
  const tail = new LogTail();
  for (let index = 0; index < 2_500; index += 1) tail.add(line(`${index}`));
  const kept = messages(tail, "", 10_000);
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([1_000, "1500", "2499"]);
});

test("a line that is too long keeps its message", () => {
  const tail = new LogTail();
  tail.add(line("long", { keys: "x".repeat(5_000) }));
  tail.add(line("y".repeat(5_000)));
  const { lines } = tail.read("", 10);
  expect(lines[0]).toMatchObject({ message: "long", level: "info", fields: {} });
  expect(lines[1]!.message).toHaveLength(2_000);
});

test.each(["", "nothing.5", "5", ",,,", "x.y.z"])("a place that nobody has named is none: %s", (after) => {
  const tail = new LogTail();
  tail.add(line("one"));
  expect(messages(tail, after)).toEqual(["one"]);
  const [run] = tail.read("", 1).next.split(".");
  for (const number of ["-1", "1e99", "7", "", "NaN"])
    expect(messages(tail, `${run}.${number}`)).toEqual(["one"]);
});

test("the lines of several processes are in the order of their time, and each has its place", () => {
  const [a, b] = [new LogTail(), new LogTail()];
  a.add(line("first", { time: "2026-12-01T10:00:00.000Z" }));
  b.add(line("second", { time: "2026-12-01T10:00:01.000Z" }));
  a.add(line("third", { time: "2026-12-01T10:00:02.000Z" }));
  const both = (after: string, count = 10) => mergeLogs([a.read(after, count), b.read(after, count)], count);
  const { next, lines } = both("");
  expect(lines.map(({ message }) => message)).toEqual(["first", "second", "third"]);
  b.add(line("fourth", { time: "2026-12-01T10:00:03.000Z" }));
  expect(both(next).lines.map(({ message }) => message)).toEqual(["fourth"]);
  expect(both("", 2).lines.map(({ message }) => message)).toEqual(["third", "fourth"]);
});
