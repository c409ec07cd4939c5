import { afterEach, expect, it } from "vitest";
import { TestHook } from "./hook.test.helper.ts";
import { hookCall, keyOf, streamFacts } from "./hook-call.test.helper.ts";
import { MAX_BEGUN_PER_TURN } from "./lane.ts";
import { allow, Receiver } from "./receiver.test.helper.ts";

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A hook whose server answers when the test says so. */
async function slowHook(): Promise<{ hook: TestHook; server: Receiver; held: (() => void)[] }> {
  const held: (() => void)[] = [];
  const server = await Receiver.start((request, response) => held.push(() => allow(request, response)));
  // Each answer has this time from its turn on, and on a busy machine hundreds of them take longer than the usual 3 seconds.
  const hook = new TestHook({ url: server.url, dialect: "srs", timeout: "30s" });
  stops.push(
    () => server.stop(),
    () => hook.servers.destroy(),
  );
  return { hook, server, held };
}

/** Each comes from an address of its own. */
function publishOf(number: number) {
  const call = hookCall("publish", { stream: streamFacts({ key: keyOf("live", `cam-${number}`) }) });
  return { ...call, session: { ...call.session, remoteAddress: `10.0.${number >> 8}.${number & 255}` } };
}

it("decides a thousand publishes at once, 512 at a time", async () => {
  const { hook, server, held } = await slowHook();
  const decisions = Array.from({ length: 1_000 }, (_, number) =>
    hook.hook.ask(publishOf(number), new AbortController().signal),
  );
  let most = 0;
  let answered = 0;
  while (answered < 1_000) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    most = Math.max(most, held.length);
    const batch = held.splice(0, 128);
    answered += batch.length;
    for (const answer of batch) answer();
  }
  expect((await Promise.all(decisions)).filter(({ kind }) => kind !== "allow")).toEqual([]);
  expect(hook.log).toEqual([]);
  expect(server.received).toHaveLength(1_000);
  expect(most).toBeLessThanOrEqual(512);
  expect(server.connections).toBeLessThanOrEqual(1_024);
  expect(hook.faults).toEqual([]);
}, 60_000);

it("refuses at once what would wait behind 2,048 others, and the others at their deadline", async () => {
  const { hook } = await slowHook();
  const deadlines = Array.from({ length: MAX_BEGUN_PER_TURN + 2_048 + 1 }, () => new AbortController());
  const decisions = deadlines.map(({ signal }, number) => hook.hook.ask(publishOf(number), signal));
  expect(await decisions.at(-1)).toEqual({ kind: "deny", reason: "HOOK_FAILED" });
  expect(hook.log).toHaveLength(1);
  expect(hook.log[0]).toMatchObject({ reason: "busy" });
  for (const deadline of deadlines) deadline.abort(new DOMException("", "TimeoutError"));
  const all = await Promise.all(decisions);
  expect(all.every(({ kind }) => kind === "deny")).toBe(true);
  expect(hook.faults).toEqual([]);
}, 60_000);
