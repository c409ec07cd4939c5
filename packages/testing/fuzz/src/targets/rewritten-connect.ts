import { type AmfValue, decodeAmf0Values, encodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ByteWriter } from "@headgate/bytes";
import { MessageType } from "@headgate/message";
import { rewriteConnect } from "@headgate/session";
import type { Random } from "@headgate/testkit";
import { check, refusalOf } from "../check.ts";
import { mutate } from "../mutate.ts";
import { randomAmf0 } from "../random-amf.ts";
import type { Target } from "../target.ts";

const LIMITS = { maxDepth: 16, maxValues: 300 };

const PROPERTIES = { app: "other", tcUrl: "rtmp://origin/other" };

/** The most that the two properties add, with their names. Bytes. */
const MAX_GROWTH = 60;

/** `connect` of proxied sessions: two properties are replaced, and all else stays. */
export const rewrittenConnect: Target = {
  name: "rewritten-connect",
  make: (random) => {
    const body = connectBody(random);
    return random.below(4) === 0 ? body : mutate(body, random, [randomAmf0(random)]);
  },
  run(input) {
    let payload: Uint8Array | undefined;
    const refusal = refusalOf(() => {
      const message = { type: MessageType.commandAmf0, timestamp: 0, messageStreamId: 0, payload: input };
      payload = rewriteConnect(message, PROPERTIES, LIMITS).payload;
    });
    if (refusal || !payload) return;
    check(payload.length <= input.length + MAX_GROWTH, `${payload.length} bytes out of ${input.length}`);
    compare(input, payload);
  },
};

/** A member that our encoders never write may refer to its own object, or to one before it. */
function connectBody(random: Random): Uint8Array {
  const writer = new ByteWriter().raw(encodeAmf0Values(["connect", 1])).u8(OBJECT);
  for (const key of ["flashVer", "app", "tcUrl", "extra", "app"]) {
    if (random.below(4) === 0) continue;
    writer
      .utf8WithU16Length(key)
      .raw(random.below(3) === 0 ? randomAmf0(random) : encodeAmf0Values(["live"]));
  }
  writer.u16(0).u8(OBJECT_END);
  return random.below(2) === 0 ? writer.finish() : writer.raw(randomAmf0(random)).finish();
}

const OBJECT = 3;
const OBJECT_END = 9;

function compare(before: Uint8Array, after: Uint8Array): void {
  let values: readonly AmfValue[] = [];
  // Values after the object are passed on unread.
  if (refusalOf(() => (values = decodeAmf0Values(before, { ...LIMITS, maxValues: 10_000 })))) return;
  const rewritten = decodeAmf0Values(after, { ...LIMITS, maxValues: 10_000 });
  const at = propertiesOf(values[1]) ? 1 : 2;
  const [was, is] = [propertiesOf(values[at]), propertiesOf(rewritten[at])];
  check(was !== undefined && is !== undefined, "the object is lost");
  for (const [key, value] of Object.entries(PROPERTIES))
    check(is[key] === value, `${key} is ${String(is[key])}`);
  const others = Object.keys(was).filter((key) => !Object.hasOwn(PROPERTIES, key));
  for (const key of others) check(isSame(was[key], is[key]), `${key} has changed`);
  check(values.length === rewritten.length, "there are more or fewer values");
}

/** Undefined for a value that contains itself: it cannot be written, and so is not compared. */
function isSame(was: AmfValue, is: AmfValue): boolean {
  const [one, other] = [written(was), written(is)];
  return one === undefined || one === other;
}

function written(value: AmfValue): string | undefined {
  try {
    return Buffer.from(encodeAmf0Values([value], MAX_COMPARED_BYTES)).toString("latin1");
  } catch {
    return undefined;
  }
}

const MAX_COMPARED_BYTES = 100_000;
