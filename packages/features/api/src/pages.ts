import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { asciiJson } from "@headgate/http-server";
import type { FastifyReply } from "fastify";
import { type TProperties, Type } from "typebox";
import type { Described } from "./described.ts";
import { inEnvelope } from "./envelope.ts";
import { SLICE, type Slice } from "./server-view.ts";

/** As many as a table on a screen; SRS's default. */
const DEFAULT_COUNT = 10;

/** More entries than a list can have. */
const MAX_START = 1_000_000_000;

/** A page of more is several megabytes. */
export const MAX_COUNT = 10_000;

export const PAGE_QUERY = Type.Object({
  start: Type.Integer({
    minimum: 0,
    maximum: MAX_START,
    default: 0,
    description: "The first entry, counted from 0.",
  }),
  count: Type.Integer({
    minimum: 1,
    maximum: MAX_COUNT,
    default: DEFAULT_COUNT,
    description: "How many entries at most.",
  }),
});

export type PageQuery = Described<typeof PAGE_QUERY>;

/** An answer with one part of a list. */
export function inPage<List extends TProperties>(list: List) {
  return inEnvelope({
    total: Type.Number({ description: "How many there are in all." }),
    start: Type.Number({ description: "Of which the part begins, as it was asked for." }),
    count: Type.Number({ description: "How many were asked for." }),
    ...list,
  });
}

type ReadSlice = (start: number, count: number) => Promise<Slice<unknown>>;

/**
 * Answers with one part of a list. What is longer than a slice is written slice by slice, with others' turns in between, and goes on
 * when the reader has taken what came before. Entries that come or go meanwhile can be missed or come twice.
 */
export async function sendPage(
  reply: FastifyReply,
  query: PageQuery,
  { name, envelope, read }: { readonly name: string; readonly envelope: object; readonly read: ReadSlice },
): Promise<FastifyReply> {
  // The validation lets infinity through, which 1e400 is.
  const [start, count] = [Math.min(query.start, MAX_START), Math.min(query.count, MAX_COUNT)];
  const first = await read(start, Math.min(count, SLICE));
  const head = { ...envelope, total: first.total, start, count };
  if (count <= SLICE || first.items.length < SLICE) return reply.send({ ...head, [name]: first.items });
  const pieces = writePieces(head, name, first, (at, most) =>
    at < count ? read(start + at, Math.min(most, count - at)) : undefined,
  );
  return reply.type("application/json; charset=utf-8").send(Readable.from(pieces));
}

async function* writePieces(
  head: object,
  name: string,
  first: Slice<unknown>,
  read: (at: number, most: number) => Promise<Slice<unknown>> | undefined,
): AsyncGenerator<string> {
  yield `${asciiJson(head).slice(0, -1)},${JSON.stringify(name)}:[`;
  let written = 0;
  let slice: Slice<unknown> | undefined = first;
  while (slice && slice.items.length > 0) {
    yield `${written === 0 ? "" : ","}${asciiJson(slice.items).slice(1, -1)}`;
    written += slice.items.length;
    await nextTurn();
    slice = slice.items.length < SLICE ? undefined : await read(written, SLICE);
  }
  yield "]}";
}
