import { sessionOfUuid, uuidOfSession } from "@headgate/gateway";
import { type TSchema, Type } from "typebox";
import { allOf } from "../all-of.ts";
import type { ClientReply } from "../client-reply.ts";
import type { ApiServer, Described } from "../described.ts";
import type { ServerView } from "../server-view.ts";
import type { StreamReply } from "../stream-reply.ts";

const PAGE_QUERY = Type.Object({
  page: Type.Integer({ minimum: 0, default: 0, description: "The page, counted from 0." }),
  itemsPerPage: Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: "Its length." }),
});

const BY_PATH = Type.Object({ "*": Type.String({ description: "The path." }) });
const BY_ID = Type.Object({ id: Type.String({ description: "The connection's id, a UUID." }) });

const TAGS = ["mediamtx"];

/** The secure transports. MediaMTX lists their connections apart. */
const SECURE: ReadonlySet<string> = new Set(["rtmps", "rtmpts"]);

/** What MediaMTX's `/v3` tells of paths and RTMP connections, for programs that know it. */
export function mediaMtxRoutes(app: ApiServer, view: ServerView): void {
  app.get("/v3/paths/list", listOf("All paths"), async ({ query }) => {
    const page = await pageOf(
      allOf((start, count) => view.streams(start, count)),
      query,
    );
    const items = [];
    for (const stream of page.items) items.push(await pathOf(view, stream));
    return { ...page, items };
  });

  app.get("/v3/paths/get/*", one("One path", BY_PATH), async ({ params }, reply) => {
    const stream = await view.stream(params["*"]);
    if (stream) return pathOf(view, stream);
    return reply.code(404).send({ status: "error", error: "path not found" });
  });

  for (const [name, isSecure] of [
    ["rtmpconns", false],
    ["rtmpsconns", true],
  ] as const) {
    const isMeant = ({ transport }: ClientReply): boolean => SECURE.has(transport) === isSecure;
    const list = listOf(`All connections of ${isSecure ? "RTMPS" : "RTMP"}`);
    app.get(`/v3/${name}/list`, list, async ({ query }) => {
      const page = await pageOf(
        allOf((start, count) => view.clients(start, count)),
        query,
        isMeant,
      );
      return { ...page, items: page.items.map(connectionOf) };
    });

    app.get(`/v3/${name}/get/:id`, one("One of them", BY_ID), async ({ params }, reply) => {
      const client = await view.client(sessionOfUuid(params.id));
      if (client && isMeant(client)) return connectionOf(client);
      return reply.code(404).send({ status: "error", error: "connection not found" });
    });
  }
}

function listOf(summary: string) {
  return { schema: { tags: TAGS, summary, querystring: PAGE_QUERY } };
}

function one<Params extends TSchema>(summary: string, params: Params) {
  return { schema: { tags: TAGS, summary, params } };
}

interface Page<Item> {
  readonly itemCount: number;
  readonly pageCount: number;
  readonly items: readonly Item[];
}

async function pageOf<Item>(
  all: AsyncIterable<Item>,
  { page, itemsPerPage }: Described<typeof PAGE_QUERY>,
  isMeant: (item: Item) => boolean = () => true,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let itemCount = 0;
  for await (const item of all) {
    if (!isMeant(item)) continue;
    if (Math.floor(itemCount / itemsPerPage) === page) items.push(item);
    itemCount += 1;
  }
  return { itemCount, pageCount: Math.ceil(itemCount / itemsPerPage), items };
}

const CODECS: Readonly<Record<string, string>> = {
  HEVC: "H265",
  AAC: "MPEG-4 Audio",
  MP3: "MPEG-1/2 Audio",
  PCM: "LPCM",
};

async function pathOf(view: ServerView, stream: StreamReply): Promise<object> {
  const { id, source, publish, uptime, live_ms: nowMs } = stream;
  const readers: object[] = [];
  for await (const client of allOf((start, count) => view.clientsOf(id, start, count)))
    if (client.id !== publish.cid) readers.push(referenceTo(client.transport, client.id));
  const { video, audio } = stream;
  const tracks = [video, audio].flatMap((track) => (track ? [CODECS[track.codec] ?? track.codec] : []));
  const since = uptime === null ? null : new Date(nowMs - 1_000 * uptime).toISOString();
  const own = referenceTo(stream.transport ?? "", publish.cid ?? "");
  return {
    name: id,
    confName: stream.app,
    source: source === null ? null : source === "client" ? own : { type: "rtmpSource", id: "" },
    ready: publish.active,
    readyTime: since,
    available: publish.active,
    availableTime: since,
    online: publish.active,
    onlineTime: since,
    tracks,
    tracks2: tracks.map((codec) => ({ codec, codecProps: null })),
    bytesReceived: stream.recv_bytes,
    bytesSent: stream.send_bytes,
    inboundBytes: stream.recv_bytes,
    outboundBytes: stream.send_bytes,
    readers,
  };
}

function referenceTo(transport: string, id: string): { readonly type: string; readonly id: string } {
  return { type: SECURE.has(transport) ? "rtmpsConn" : "rtmpConn", id: id && uuidOfSession(id) };
}

function connectionOf(client: ClientReply): object {
  const isV6 = client.ip.includes(":");
  return {
    id: uuidOfSession(client.id),
    created: new Date(Date.now() - 1_000 * client.alive).toISOString(),
    remoteAddr: `${isV6 ? `[${client.ip}]` : client.ip}:${client.port}`,
    state: client.stream === null ? "idle" : client.publish ? "publish" : "read",
    path: client.stream ?? "",
    // It may hold secrets.
    query: "",
    user: client.identity ?? "",
    userAgent: client.flashver,
    bytesReceived: client.recv_bytes,
    bytesSent: client.send_bytes,
    inboundBytes: client.recv_bytes,
    outboundBytes: client.send_bytes,
    outboundFramesDiscarded: 0,
  };
}
