import fc from "fast-check";
import { expect, test } from "vitest";
import { OPCODE } from "./frame-header.ts";
import { FrameError, FrameReader } from "./frame-reader.ts";

const LIMITS = { maxMessageBytes: 70_000, takesText: false, mayRead: () => true };

interface ClientFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly isFinal?: boolean;
  readonly mask?: readonly number[];
}

function clientFrame({ opcode, payload, isFinal = true, mask = [1, 2, 3, 4] }: ClientFrame): Buffer {
  const { length } = payload;
  const header =
    length < 126
      ? Buffer.from([0, length])
      : length < 65_536
        ? Buffer.from([0, 126, length >>> 8, length & 0xff])
        : Buffer.from([0, 127, 0, 0, 0, 0, 0, length >>> 16, (length >>> 8) & 0xff, length & 0xff]);
  header[0] = (isFinal ? 0x80 : 0) | opcode;
  header[1]! |= 0x80;
  return Buffer.concat([header, Buffer.from(mask), payload.map((byte, at) => byte ^ mask[at % 4]!)]);
}

interface Heard {
  data: Buffer;
  readonly events: string[];
}

function read(pieces: readonly Uint8Array[], limits = LIMITS): Heard {
  const heard: Heard = { data: Buffer.alloc(0), events: [] };
  const reader = new FrameReader(
    {
      onData: (bytes) => {
        heard.data = Buffer.concat([heard.data, bytes]);
      },
      onPing: (payload) => heard.events.push(`ping ${Buffer.from(payload)}`),
      onClose: () => heard.events.push("close"),
    },
    limits,
  );
  // It changes what it is given.
  for (const piece of pieces) reader.push(Buffer.from(piece));
  return heard;
}

/** The code with which the connection is closed. */
function closeCodeOf(bytes: Uint8Array, limits = LIMITS): number | undefined {
  try {
    read([bytes], limits);
    return undefined;
  } catch (error) {
    if (error instanceof FrameError) return error.close;
    throw error;
  }
}

const bytes = fc.uint8Array({ maxLength: 200 });
const payload = fc.oneof(
  bytes,
  fc.constantFrom(125, 126, 65_535, 65_536).map((length) => new Uint8Array(length).fill(9)),
);

test("messages come through whatever way they are cut, with what is said in between", () => {
  const parts = fc.array(payload, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(
      parts,
      fc.array(fc.nat(300), { maxLength: 40 }),
      fc.nat(0xffffffff),
      (payloads, cuts, seed) => {
        const mask = [seed >>> 24, (seed >>> 16) & 0xff, (seed >>> 8) & 0xff, seed & 0xff];
        const frames = payloads.flatMap((each, index) => [
          clientFrame({
            opcode: index === 0 ? OPCODE.binary : OPCODE.continuation,
            isFinal: index === payloads.length - 1,
            payload: each,
            mask,
          }),
          clientFrame({ opcode: OPCODE.ping, payload: Buffer.from(`${index}`), mask }),
        ]);
        const whole = Buffer.concat([
          ...frames,
          clientFrame({ opcode: OPCODE.close, payload: Buffer.from([3, 232]) }),
        ]);
        const pieces: Buffer[] = [];
        let at = 0;
        for (const length of cuts) {
          pieces.push(whole.subarray(at, at + length));
          at += length;
        }
        pieces.push(whole.subarray(at));
        const tooLong = payloads.reduce((sum, { length }) => sum + length, 0) > LIMITS.maxMessageBytes;
        if (tooLong) {
          expect(() => read(pieces)).toThrow(FrameError);
          return;
        }
        const { data, events } = read(pieces);
        expect(data.equals(Buffer.concat(payloads))).toBe(true);
        expect(events).toEqual([...payloads.map((_, index) => `ping ${index}`), "close"]);
      },
    ),
  );
});

const empty = new Uint8Array();
const frame = (opcode: number, more: Partial<ClientFrame> = {}): Buffer =>
  clientFrame({ opcode, payload: empty, ...more });
const changed = (change: (frame: Buffer) => void): Buffer => {
  const one = clientFrame({ opcode: OPCODE.binary, payload: Buffer.from("abc") });
  change(one);
  return one;
};

test.each([
  ["a frame without a mask", changed((one) => (one[1]! &= 0x7f)), 1002],
  ["a reserved bit", changed((one) => (one[0]! |= 0x40)), 1002],
  ["an unknown kind", frame(3), 1002],
  ["an unknown control frame", frame(11), 1002],
  ["a ping in parts", frame(OPCODE.ping, { isFinal: false }), 1002],
  ["a ping that is too long", frame(OPCODE.ping, { payload: new Uint8Array(126) }), 1002],
  ["a continuation of nothing", frame(OPCODE.continuation), 1002],
  [
    "a message within another",
    Buffer.concat([frame(OPCODE.binary, { isFinal: false }), frame(OPCODE.binary)]),
    1002,
  ],
  ["text", frame(OPCODE.text), 1003],
  ["a message that is too long", frame(OPCODE.binary, { payload: new Uint8Array(70_001) }), 1009],
  ["a length of 64 bits", Buffer.from([0x82, 0xff, ...new Array(8).fill(0xff), 1, 2, 3, 4]), 1009],
  [
    "parts that are too long together",
    Buffer.concat([
      frame(OPCODE.binary, { payload: new Uint8Array(40_000), isFinal: false }),
      frame(OPCODE.continuation, { payload: new Uint8Array(40_000), isFinal: false }),
    ]),
    1009,
  ],
])("%s ends the connection", (_, sent, code) => {
  expect(closeCodeOf(sent)).toBe(code);
});

test("text is taken from whoever may send it, and frames only as many as may be", () => {
  expect(
    read([frame(OPCODE.text, { payload: Buffer.from("hi") })], {
      ...LIMITS,
      takesText: true,
    }).data.toString(),
  ).toBe("hi");
  let left = 2;
  const mayRead = (): boolean => {
    left -= 1;
    return left >= 0;
  };
  const three = Buffer.concat([frame(OPCODE.ping), frame(OPCODE.ping), frame(OPCODE.ping)]);
  expect(closeCodeOf(three, { ...LIMITS, mayRead })).toBe(1008);
});

test("nothing is read behind the frame that closes", () => {
  const sent = Buffer.concat([frame(OPCODE.close), frame(3), frame(OPCODE.ping)]);
  expect(read([sent]).events).toEqual(["close"]);
});
