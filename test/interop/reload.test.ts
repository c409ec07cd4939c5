import { afterAll, describe, expect, test, vi } from "vitest";
import { AccessClient } from "../support/access-client.ts";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { SocketPeer } from "../support/socket-peer.ts";

/** A worker that does not answer is waited for, for 20 seconds. */
const SOON = { timeout: 60_000, interval: 100 };

const client = new AccessClient();

afterAll(killEveryChild);

const keyed = (key: string) => ({ applications: { live: { publish: { key } } } });

const reload = async (server: HeadgateServer): Promise<Record<string, unknown>> =>
  (await fetch(server.adminUrl("/api/v1/reload"), { method: "POST" })).json() as Promise<
    Record<string, unknown>
  >;

const publish = (server: HeadgateServer, key: string): Promise<string> =>
  client.answer("publish", server.url("live", `cam-${key}?key=${key}`));

describe.concurrent("a server that runs", () => {
  test.each([1, 2])(
    "with %i processes reads its file when that has changed",
    { timeout: 120_000 },
    async (workers) => {
      const server = await startHeadgate({ workers, ...keyed("old") });
      expect(await publish(server, "old")).toBe("granted");
      server.rewrite({ workers, applications: { live: { publish: { key: 5 } } } });
      await vi.waitFor(() => expect(server.log()).toContain('"trigger":"file","problems"'), SOON);
      for (let turn = 0; turn < 2 * workers; turn += 1) expect(await publish(server, "old")).toBe("granted");
      server.rewrite({ workers, ...keyed("new") });
      await vi.waitFor(() => expect(server.log()).toContain('"trigger":"file","changes"'), SOON);
      for (let turn = 0; turn < 2 * workers; turn += 1) {
        expect(await publish(server, "new")).toBe("granted");
        expect(await publish(server, "old")).toContain("is wrong");
      }
      await server.stop();
    },
  );

  test("changes nothing in any worker if one does not answer", { timeout: 180_000 }, async () => {
    const server = await startHeadgate({ workers: 2, ...keyed("old") });
    const [first, silent] = server.workerPids as readonly [number, number];
    process.kill(silent, "SIGSTOP");
    server.rewrite({ workers: 2, ...keyed("new") });
    await vi.waitFor(
      () => expect(server.log()).toContain('"trigger":"file","problems":["a worker does not answer"]'),
      SOON,
    );
    process.kill(silent, "SIGCONT");
    // Connections go to the workers in turn.
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await publish(server, "old")).toBe("granted");
      expect(await publish(server, "new")).toContain("is wrong");
    }
    expect(server.workerPids).toEqual([first, silent]);
    expect(await reload(server)).toMatchObject({ code: 0 });
    for (let turn = 0; turn < 4; turn += 1) expect(await publish(server, "new")).toBe("granted");
    await server.stop();
  });

  test("ends at once at a second signal, with the exit code of Ctrl-C", { timeout: 120_000 }, async () => {
    const server = await startHeadgate({ drain: { timeout: "120s" }, applications: { live: {} } });
    const peer = SocketPeer.dial(server.port(0));
    peer.answersPings = true;
    peer.connect("live");
    peer.play("cam");
    await vi.waitFor(() => expect(server.log()).toContain('"playing"'), SOON);
    server.signal("SIGTERM");
    await vi.waitFor(() => expect(server.log()).toContain('"draining"'), SOON);
    // One within 200 ms counts as the same key.
    await new Promise((resolve) => setTimeout(resolve, 400));
    server.signal("SIGINT");
    expect(await server.ended(30_000)).toBe(130);
    expect(server.log()).not.toContain('"ending"');
    peer.close();
  });
});
