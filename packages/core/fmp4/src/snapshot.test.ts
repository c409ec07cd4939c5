import { MessageType } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { readBoxes } from "./boxes.ts";
import { snapshotMp4 } from "./snapshot.ts";
import {
  audioHeader,
  message,
  messagesIn,
  VIDEO_CODECS,
  videoFrame,
  videoHeader,
} from "./streams.test.helper.ts";

const random = new Random(4);

describe.each(VIDEO_CODECS)("a snapshot of %s", (codec) => {
  const keyframe = message(MessageType.video, 5000, videoFrame(random, codec, true));

  test("has the one picture at 0", () => {
    const file = snapshotMp4([audioHeader("AAC"), videoHeader(codec)], keyframe)!;
    expect(readBoxes(file).map(({ type }) => type)).toEqual(["ftyp", "moov", "moof", "mdat"]);
    expect(messagesIn(file)).toEqual([{ ...keyframe, timestamp: 0, messageStreamId: 0 }]);
  });

  test("is not made of what is no keyframe, or without its header", () => {
    const inter = message(MessageType.video, 0, videoFrame(random, codec, false));
    expect(snapshotMp4([videoHeader(codec)], inter)).toBeUndefined();
    expect(snapshotMp4([], keyframe)).toBeUndefined();
    expect(snapshotMp4([videoHeader(codec)], videoHeader(codec))).toBeUndefined();
    expect(snapshotMp4([videoHeader(codec === "AV1" ? "VP9" : "AV1")], keyframe)).toBeUndefined();
  });
});
