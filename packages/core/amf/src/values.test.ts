import { expect, test } from "vitest";
import { AmfDate, type AmfObject, EcmaArray, isAmfObject, propertiesOf, TypedObject } from "./values.ts";

const properties: AmfObject = { app: "live" };

test("objects, ECMA arrays and typed objects have properties", () => {
  expect(propertiesOf(properties)).toBe(properties);
  expect(propertiesOf(new EcmaArray(properties))).toBe(properties);
  expect(propertiesOf(new TypedObject("Point", properties))).toBe(properties);
});

test.each([null, undefined, "live", 1, [["app", "live"]], new AmfDate(0), new Uint8Array(1)])(
  "%o has none",
  (value) => {
    expect(propertiesOf(value as never)).toBeUndefined();
  },
);

test("an object without a prototype is an object, an instance of a class is not", () => {
  expect(isAmfObject(Object.create(null))).toBe(true);
  expect(isAmfObject(new EcmaArray({}))).toBe(false);
});
