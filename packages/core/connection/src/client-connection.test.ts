import { randomBytes } from "node:crypto";
import type { ClientHandshakeOptions } from "@headgate/handshake";
import { MessageType } from "@headgate/message";
import { type ClientEvent, RtmpUrl, type SessionEvent } from "@headgate/session";
import { kept, Random, randomCuts } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { ClientConnection } from "./client-connection.ts";
import { DEFAULT_CONNECTION_LIMITS } from "./limits.ts";
import { newConnection, TIMEOUTS } from "./scripted-client.test.helper.ts";

/** A client and a server, whose bytes are carried in pieces of any size. */
function converse(kind: ClientHandshakeOptions["kind"], purpose: "play" | "publish", random: Random) {
  const client = new ClientConnection(
    {
      ackWindow: 2_500_000,
      limits: DEFAULT_CONNECTION_LIMITS,
      timeouts: TIMEOUTS,
      handshake: { random: (length) => new Uint8Array(randomBytes(length)), kind },
      session: { url: RtmpUrl.parse("rtmp://h/live/cam")!, purpose, flashVersion: "x", chunkSize: 60_000 },
    },
    0,
  );
  const server = newConnection({ random: (length) => new Uint8Array(randomBytes(length)) });
  const clientEvents: ClientEvent[] = [];
  const serverEvents: SessionEvent[] = [];
  let toServer: Uint8Array[] = [];
  let toClient: Uint8Array[] = [];
  const clientDriver = {
    onEvent: (event: ClientEvent) => void clientEvents.push(kept(event)),
    onOutput: (bytes: Uint8Array) => void toServer.push(new Uint8Array(bytes)),
  };
  const serverDriver = {
    onEvent: (event: SessionEvent) => {
      serverEvents.push(kept(event));
      if (event.kind === "connectRequested") server.session.acceptConnect();
      if (event.kind === "publishRequested") server.session.netStream(event.netStreamId)?.acceptPublish();
      if (event.kind === "playRequested") server.session.netStream(event.netStreamId)?.acceptPlay();
    },
    onOutput: (bytes: Uint8Array) => void toClient.push(new Uint8Array(bytes)),
  };
  const carry = (): void => {
    client.poll(clientDriver, 0);
    while (toServer.length + toClient.length > 0) {
      const [up, down] = [toServer, toClient];
      toServer = [];
      toClient = [];
      for (const piece of up.flatMap((bytes) => [...randomCuts(bytes, random)])) server.receive(piece, 0);
      server.poll(serverDriver, 0);
      for (const piece of down.flatMap((bytes) => [...randomCuts(bytes, random)])) client.receive(piece, 0);
      client.poll(clientDriver, 0);
    }
  };
  return { client, server, carry, clientEvents, serverEvents };
}

describe("a client's connection", () => {
  it.each(["simple", "digest", "rtmpe"] as const)(
    "plays after a handshake that is %s, however the bytes are cut",
    (kind) => {
      for (let seed = 0; seed < 5; seed += 1) {
        const { server, carry, clientEvents } = converse(kind, "play", new Random(seed));
        carry();
        expect(clientEvents.map((event) => event.kind)).toEqual(["connected", "started"]);
        expect(server.encrypted).toBe(kind === "rtmpe");
      }
    },
  );

  it.each(["simple", "digest", "rtmpe"] as const)("publishes after a handshake that is %s", (kind) => {
    const { client, carry, serverEvents } = converse(kind, "publish", new Random(1));
    carry();
    const payload = new Random(2).bytes(100_000);
    client.session.publish({ type: MessageType.video, timestamp: 40, payload });
    carry();
    const [media] = serverEvents.filter((event) => event.kind === "media");
    expect(media?.message).toEqual({ type: MessageType.video, timestamp: 40, messageStreamId: 1, payload });
  });

  it("says its first words by itself, and gives up on a server that says nothing", () => {
    const { client } = converse("digest", "play", new Random(1));
    const output: Uint8Array[] = [];
    client.poll({ onEvent: () => {}, onOutput: (bytes) => void output.push(bytes) }, 0);
    expect(output.map((bytes) => bytes.length)).toEqual([1537]);
    expect(client.handleTimeout(TIMEOUTS.firstByteMs)).toBe("first byte timeout");
  });
});
