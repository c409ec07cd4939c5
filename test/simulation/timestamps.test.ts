import { MessageType } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { Pair } from "./pair.ts";

function publisher(): Pair {
  const pair = new Pair({ cutSeed: 1 });
  pair.client.command([3, 0], "connect", 1, { app: "live" });
  pair.client.command([3, 0], "createStream", 2, null);
  pair.client.command([3, 1], "publish", 0, null, "cam");
  pair.exchange();
  return pair;
}

function timestamps({ events }: Pair): number[] {
  return events.flatMap((event) => (event.kind === "media" ? [event.message.timestamp] : []));
}

describe("a publisher's timestamps", () => {
  it("go on from 0 after 2^32 milliseconds", () => {
    const pair = publisher();
    const sent = Array.from({ length: 20 }, (_, i) => (0xffffffff - 200 + 23 * i) >>> 0);
    for (const timestamp of sent)
      pair.client.payload(MessageType.audio, [4, 1], timestamp, Uint8Array.of(0xaf, 1));
    pair.exchange();
    expect(sent.at(-1)).toBeLessThan(1000);
    expect(timestamps(pair)).toEqual(sent);
  });

  it("pass from three bytes to four in messages of several chunks", () => {
    const pair = publisher();
    const sent = Array.from({ length: 20 }, (_, i) => 0xffffff - 200 + 23 * i);
    for (const timestamp of sent)
      pair.client.payload(MessageType.video, [6, 1], timestamp, new Uint8Array(500));
    pair.exchange();
    expect(timestamps(pair)).toEqual(sent);
  });

  it("go anywhere, even backward, on any number of chunk streams", () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = new Random(seed);
      const pair = publisher();
      const sent = Array.from({ length: 50 }, () =>
        random.pick([random.u32(), random.below(100), 0xffffff, 0xfffffe, 0x80000000, 0xffffffff]),
      );
      for (const timestamp of sent) {
        const chunkStreamId = random.pick([4, 6, 64, 400]);
        pair.client.payload(
          MessageType.audio,
          [chunkStreamId, 1],
          timestamp,
          random.bytes(random.below(300)),
        );
      }
      pair.exchange();
      expect(timestamps(pair), `seed ${seed}`).toEqual(sent);
    }
  });
});
