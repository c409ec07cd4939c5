import type { ProxiedClient, ProxyRequest } from "@headgate/gateway";
import { ClientSession, RtmpUrl } from "@headgate/session";
import { memoryLinkPair } from "@headgate/transport";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Servers, useVirtualTime } from "./servers.test.helper.ts";
import { SessionProxy } from "./session-proxy.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const URL_OF_ORIGIN = RtmpUrl.parse("rtmp://origin/live")!;

/** `connect` of a client. */
function proxyRequest(): ProxyRequest {
  const session = new ClientSession({
    url: URL_OF_ORIGIN,
    purpose: "play",
    flashVersion: "test",
    chunkSize: 4096,
    ackWindow: 2_500_000,
  });
  const request = {
    application: "live",
    query: "",
    tcUrl: URL_OF_ORIGIN.tcUrl,
    pageUrl: "",
    swfUrl: "",
    virtualHost: "origin",
    flashVersion: "test",
    isEncoder: false,
    objectEncoding: 0,
    enhanced: {},
    via: [],
  } as const;
  const { message } = session.nextMessage()!;
  return { request, message, remoteAddress: "192.0.2.1", remotePort: 50_000 };
}

/** A session whose server takes the connection and says nothing. */
async function withSilentOrigin() {
  const servers = new Servers();
  const { gateway } = servers.add("edge");
  const state = { isPaused: false, ended: [] as string[] };
  const client: ProxiedClient = {
    writable: true,
    send: () => {},
    pause: () => {
      state.isPaused = true;
    },
    resume: () => {
      state.isPaused = false;
    },
    end: (reason) => state.ended.push(reason),
  };
  const context = { ...servers.contextOf(gateway), dial: async () => memoryLinkPair().near };
  const target = { url: URL_OF_ORIGIN, proxyProtocol: false, gatewayId: "0123456789ab" };
  const proxy = new SessionProxy(context, target, proxyRequest(), client, () => {});
  await servers.pass(100);
  return { proxy, state };
}

describe("a client whose server has accepted the connection and not finished the handshake", () => {
  it("waits", async () => {
    const { state } = await withSilentOrigin();
    expect(state).toEqual({ isPaused: true, ended: [] });
  });

  it.each([
    [1, 1024 * 1024],
    [4096, 0],
  ])("is ended after %d messages of %d bytes, and not before", async (count, length) => {
    const { proxy, state } = await withSilentOrigin();
    const message = { type: 9, timestamp: 0, messageStreamId: 1, payload: new Uint8Array(length) };
    for (let i = 0; i < count - 1; i += 1) proxy.receive(message);
    expect(state.ended).toEqual([]);
    for (let i = 0; i < 2; i += 1) proxy.receive(message);
    expect(state.ended).toContain("INPUT_EXCEEDED");
  });
});
