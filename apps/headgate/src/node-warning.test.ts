import { pino } from "pino";
import { expect, test } from "vitest";
import { warnOfNode } from "./node-warning.ts";

function warningsOf(version: string): string[] {
  const lines: string[] = [];
  warnOfNode(version, pino({}, { write: (line) => lines.push(JSON.parse(line).msg) }));
  return lines;
}

test("a Node without security fixes is warned of, with the one to use", () => {
  expect(warningsOf("20.19.0")).toEqual([
    "Node 20.19.0 gets no security fixes any more: run Headgate with Node 24, which also takes less processor time",
  ]);
});

test.each(["22.0.0", "24.22.3"])("Node %s is not warned of", (version) => {
  expect(warningsOf(version)).toEqual([]);
});
