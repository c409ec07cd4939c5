import { expect, test } from "vitest";
import { Admission } from "./admission.ts";
import { ConnectionPermit } from "./connection-permit.ts";

function admission(maxConnections: number, maxConnectionsPerAddress: number): Admission {
  return new Admission({ maxConnections, maxConnectionsPerAddress });
}

const refusals: string[] = [];

function placeIn(admitted: Admission, address: string): ConnectionPermit {
  const exceeded = admitted.enter(address);
  if (exceeded) throw new Error(exceeded);
  return new ConnectionPermit(admitted, address, (refused) => refusals.push(refused));
}

test("a permit is given back once, however often it is asked to leave", () => {
  const admitted = admission(10, 1);
  const place = placeIn(admitted, "a");
  place.leave();
  place.leave();
  expect(admitted.connections).toBe(0);
  placeIn(admitted, "a");
  place.leave();
  expect(admitted.enter("a")).toBe("maxConnectionsPerAddress");
  expect(place.moveTo("b")).toBe(false);
});

test("a permit that moves counts for the new address alone, if that has room", () => {
  const admitted = admission(10, 1);
  const place = placeIn(admitted, "proxy");
  expect(place.moveTo("proxy")).toBe(true);
  expect(place.moveTo("a")).toBe(true);
  const other = placeIn(admitted, "proxy");
  expect(other.moveTo("a")).toBe(false);
  expect(refusals).toEqual(["a"]);
  expect(admitted.enter("proxy")).toBe("maxConnectionsPerAddress");
  place.leave();
  expect(other.moveTo("a")).toBe(true);
  expect(admitted.connections).toBe(1);
});
