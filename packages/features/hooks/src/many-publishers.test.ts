import { DEFAULT_TIMEOUTS } from "@headgate/gateway";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HookedGateway } from "./hooked-gateway.test.helper.ts";
import { allow, Receiver } from "./receiver.test.helper.ts";

const PUBLISHERS = 1_000;

/** As docs/hooks.md has it. */
const AT_ONCE = 512;

/** What the hook takes for each answer. Milliseconds. */
const HOOK_MS = 2_000;

const stops: (() => unknown)[] = [];

/** Time goes on when the test says so, because a busy machine must not decide. HTTP is real. */
beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
  });
  // One timer for all of them, because thousands would take seconds.
  const deadlines = new Map<AbortController, number>();
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const controller = new AbortController();
    deadlines.set(controller, performance.now() + ms);
    return controller.signal;
  });
  setInterval(() => {
    for (const [controller, atMs] of deadlines) {
      if (atMs > performance.now()) continue;
      deadlines.delete(controller);
      controller.abort(new DOMException("too late", "TimeoutError"));
    }
  }, 100);
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  for (const stop of stops.splice(0).reverse()) await stop();
});

test("a thousand encoders at once and a hook that takes two seconds: all are let in, and others wait for none of it", {
  timeout: 60_000,
}, async () => {
  const underWay: (() => void)[] = [];
  const hook = await Receiver.start((request, response) => underWay.push(() => allow(request, response)));
  /** The hook takes its time for each that it has. */
  const answerAll = (): void => {
    vi.advanceTimersByTime(HOOK_MS);
    for (const answer of underWay.splice(0)) answer();
  };
  stops.push(() => hook.stop());
  // All as it is without a word in the configuration; `other` has no hook.
  const world = new HookedGateway({
    applications: { live: [{ url: hook.url, events: ["publish"] }] },
    logLevel: "info",
    policyMs: DEFAULT_TIMEOUTS.policyMs,
    stepMs: HOOK_MS,
  });
  const count = (msg: string) => world.log.filter((line) => line.msg === msg).length;
  const until = async (isSo: () => boolean): Promise<void> => {
    for (; !isSo(); await new Promise(setImmediate)) world.deliver();
  };

  const clients = Array.from({ length: PUBLISHERS }, (_, index) =>
    world.connect("live", `192.0.${index >> 8}.${index & 0xff}`),
  );
  const [viewer, quick] = [world.connect("other"), world.connect("other")];
  viewer.play("quick");
  await until(() => count("session started") === PUBLISHERS + 2);
  for (const [index, client] of clients.entries()) client.publish(`cam${index}`);
  await until(() => underWay.length === AT_ONCE);

  quick.publish("quick");
  for (let index = 0; index < 100; index += 1) quick.picture(index * 40);
  await until(() => viewer.pictures.length === 100);
  expect([count("publishing"), underWay.length]).toEqual([1, AT_ONCE]);

  answerAll();
  await until(() => count("publishing") === AT_ONCE + 1 && underWay.length === PUBLISHERS - AT_ONCE);
  answerAll();
  await until(() => count("publishing") + count("publish refused") === PUBLISHERS + 1);
  expect(count("publish refused")).toBe(0);
  expect(hook.received).toHaveLength(PUBLISHERS);

  for (const { pair } of [...clients, viewer, quick]) pair.far.destroy();
  await until(() => world.gateway.connections === 0);
  await world.stop();
});
