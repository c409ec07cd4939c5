import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useVirtualTime, World } from "./world.test.helper.ts";

useVirtualTime(beforeEach, afterEach);

describe("a peer", () => {
  it("connects, publishes and is heard by another one that plays", () => {
    const world = new World();
    const publisher = world.dial();
    publisher.handshake();
    publisher.connect("live");
    expect(publisher.take()).toEqual(["_result NetConnection.Connect.Success", "onBWDone"]);
    publisher.publish("cam");
    expect(publisher.take()).toEqual([
      "_result",
      "onFCPublish NetStream.Publish.Start",
      "NetStream.Publish.Start on 1",
    ]);
    publisher.metadata({ width: 640 });
    publisher.media("avcC", 0);
    publisher.media("asc", 0);
    publisher.media("key", 0);
    const viewer = world.viewer();
    publisher.media("inter", 40);
    publisher.media("aac", 45);
    expect(viewer.take()).toEqual([
      "_result",
      "NetStream.Play.Reset on 1",
      "NetStream.Play.Start on 1",
      "|RtmpSampleAccess on 1",
      "onMetaData on 1",
      "avcC 0 on 1",
      "asc 0 on 1",
      "key 0 on 1",
      "inter 40 on 1",
      "aac 45 on 1",
    ]);
  });
});
