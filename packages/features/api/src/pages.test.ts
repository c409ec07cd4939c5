import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientReply } from "./client-reply.ts";
import { MAX_COUNT } from "./pages.ts";
import { type ServerView, SLICE, type Slice } from "./server-view.ts";
import { adminServer, TestServer } from "./test-server.test.helper.ts";

/** A view of so many clients, which writes down what it was asked for. */
function clientsView(total: number) {
  const asked: [number, number][] = [];
  const view = {
    clients: async (start: number, count: number): Promise<Slice<ClientReply>> => {
      asked.push([start, count]);
      const length = Math.max(0, Math.min(count, total - start));
      const items = Array.from({ length }, (_, index) => ({ id: `client ${start + index}` }) as ClientReply);
      return { total, items };
    },
  } as ServerView;
  return { admin: adminServer(view), asked };
}

async function idsOf(admin: ReturnType<typeof adminServer>, query: string): Promise<string[]> {
  const reply = await admin.inject(`/api/v1/clients${query}`);
  expect(reply.headers["content-type"]).toContain("application/json");
  return reply.json().clients.map(({ id }: { id: string }) => id);
}

function numbered(start: number, end: number): string[] {
  return Array.from({ length: end - start }, (_, index) => `client ${start + index}`);
}

describe("a page", () => {
  test.each([
    ["", 0, 10],
    ["?count=3", 0, 3],
    ["?start=995", 995, 1_000],
    ["?start=5000", 0, 0],
    [`?start=10&count=${SLICE}`, 10, 10 + SLICE],
    [`?start=1&count=${SLICE + 1}`, 1, SLICE + 2],
    ["?count=1000", 0, 1_000],
    ["?count=1e400", 0, 1_000],
    ["?start=1e400", 0, 0],
    [`?start=700&count=${MAX_COUNT}`, 700, 1_000],
  ])("of %s has the entries from %i to %i", async (query, from, to) => {
    const { admin } = clientsView(1_000);
    expect(await idsOf(admin, query)).toEqual(numbered(from, to));
  });

  test("says how many there are, and what it is a page of", async () => {
    const { admin } = clientsView(1_000);
    for (const count of [5, 500]) {
      const { total, start, code, ...rest } = (
        await admin.inject(`/api/v1/clients?start=2&count=${count}`)
      ).json();
      expect({ total, start, code, count: rest.count }).toEqual({ total: 1_000, start: 2, code: 0, count });
    }
  });

  test.each(["?count=0", `?count=${MAX_COUNT + 1}`, "?start=-1", "?count=x"])(
    "of %s is refused",
    async (query) => {
      const { admin, asked } = clientsView(1_000);
      expect((await admin.inject(`/api/v1/clients${query}`)).statusCode).toBe(400);
      expect(asked).toEqual([]);
    },
  );

  test("of 10,000 is read slice by slice, and others have their turn after each", async () => {
    const { admin, asked } = clientsView(10_000);
    const turns: number[] = [];
    let isOver = false;
    const others = (async () => {
      while (!isOver) {
        turns.push(asked.length);
        await nextTurn();
      }
    })();
    expect(await idsOf(admin, "?count=10000")).toEqual(numbered(0, 10_000));
    isOver = true;
    await others;
    const slices = 10_000 / SLICE;
    expect(asked).toEqual(Array.from({ length: slices }, (_, index) => [index * SLICE, SLICE]));
    // Between two turns of others, at most one slice was read.
    for (const [index, count] of turns.entries())
      expect(count - (turns[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    expect(new Set(turns).size).toBeGreaterThanOrEqual(slices);
  });

  test("ends where the list ends, whatever it was at the beginning", async () => {
    let left = 350;
    const view = {
      clients: async (start: number, count: number) => {
        const length = Math.max(0, Math.min(count, left - start));
        left -= 30;
        return { total: 350, items: Array.from({ length }, () => ({ id: "x" })) };
      },
    } as unknown as ServerView;
    const reply = await adminServer(view).inject("/api/v1/clients?count=350");
    expect(reply.json().clients.length).toBeLessThan(350);
  });
});

describe("a large page of a real server", () => {
  let server: TestServer;

  beforeEach(() => {
    server = new TestServer();
  });

  afterEach(() => server.close());

  test("is the same as its parts, and plain ASCII whatever peers write", async () => {
    await server.playMany("cam", SLICE + 4);
    await server.play("\u202ecam");
    const whole = await server.get("/api/v1/clients?count=1000");
    expect(whole.body).toMatch(/^[\x20-\x7e]*$/);
    const { clients, total } = whole.json();
    expect(clients).toHaveLength(total);
    expect(new Set(clients.map(({ id }: { id: string }) => id)).size).toBe(SLICE + 5);
    const [part] = (await server.get(`/api/v1/clients?start=${SLICE + 4}&count=1`)).json().clients;
    expect(part.name).toBe("\u202ecam");
    expect(clients.at(-1).id).toBe(part.id);
  });
});
