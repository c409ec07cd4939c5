import { type AmfValue, DEFAULT_AMF_LIMITS, encodeAmf0Values } from "@headgate/amf";
import { type Message, MessageType, setChunkSize, UserControlType, userControl } from "@headgate/message";
import { expect, it } from "vitest";
import { describeMessage } from "./describe-message.ts";

function message(payload: Uint8Array, type: number = MessageType.commandAmf0, messageStreamId = 0): Message {
  return { type, timestamp: 0, messageStreamId, payload };
}

function described(...values: readonly AmfValue[]): string | undefined {
  return describeMessage(message(encodeAmf0Values(values)), DEFAULT_AMF_LIMITS);
}

it("shows a connect object with what is known not to be secret", () => {
  const connect = {
    app: "live?key=s3cret",
    tcUrl: "rtmp://me:s3cret@host/live?key=s3cret",
    flashVer: "WIN 32,0",
    capabilities: 239,
    fourCcList: ["av01", "hvc1"],
    token: "s3cret",
    user: { password: "s3cret" },
  };
  expect(described("connect", 1, connect, "user", "s3cret")).toBe(
    'connect(1, {app: "live...", tcUrl: "rtmp://host/live...", flashVer: "WIN 32,0", capabilities: 239, ' +
      'fourCcList: ["av01", "hvc1"], token: text of 6, user: {...}}, text of 4, text of 6)',
  );
});

it.each([
  ['publish(4, null, "cam...", "live")', ["publish", 4, null, "cam?key=s3cret", "live"]],
  ['play(0, null, "cam", -2000, -1, true)', ["play", 0, null, "cam", -2000, -1, true]],
  ["login(2, null, text of 6, list of 2)", ["login", 2, null, "s3cret", ["s3cret", 1]]],
  ["what...(2)", ["what?s3cret", 2]],
  [
    'onStatus(0, null, {level: "status", code: "NetStream.Play.Start"})',
    ["onStatus", 0, null, { level: "status", code: "NetStream.Play.Start" }],
  ],
])("shows %s", (text, values) => {
  expect(described(...values)).toBe(text);
});

it("shows control messages, the length of others, and nothing of media", () => {
  const payload = encodeAmf0Values(["onMetaData", { title: "s3cret" }]);
  const shown = [
    setChunkSize(4096),
    userControl({ event: UserControlType.setBufferLength, value: 1, bufferLengthMs: 3000 }),
    message(Uint8Array.of(0, 26, 1), MessageType.userControl),
    message(payload, MessageType.dataAmf0, 1),
    message(Uint8Array.of(5), 99),
    message(Uint8Array.of(0x17, 1), MessageType.video, 1),
  ].map((one) => describeMessage(one, DEFAULT_AMF_LIMITS));
  expect(shown).toEqual([
    "SetChunkSize 4096",
    "UserControl setBufferLength 1 3000 ms",
    "UserControl, 3 bytes",
    `data, ${payload.length} bytes on 1`,
    "type 99, 1 bytes",
    undefined,
  ]);
});

it("says what cannot be read, whatever it is", () => {
  expect(describeMessage(message(new Uint8Array(0)), DEFAULT_AMF_LIMITS)).toBe(
    "message of type 20 that cannot be read: AMF_TRUNCATED",
  );
  expect(described(1, 2)).toBe("message of type 20 that cannot be read: COMMAND_INVALID");
});

it("is of bounded length", () => {
  const wide = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [`${"k".repeat(500)}${i}`, "v".repeat(500)]),
  );
  expect(described("connect", 1, wide)!.length).toBeLessThan(10_000);
  expect(described("publish", ...Array(500).fill("x".repeat(5000)))!.length).toBeLessThan(10_000);
});
