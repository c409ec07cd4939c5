import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Stream } from "../api/replies.ts";
import { usePolled } from "../state/polled.ts";
import { go } from "../state/route.ts";
import { bitrate, byName, count, duration, printable } from "../text/format.ts";
import { matches } from "../text/matches.ts";
import { codecs, shortCodecs, viewersOf } from "../text/media.ts";
import { Filter } from "../widgets/filter.tsx";
import { Badge, Page } from "../widgets/page.tsx";
import { type Column, VirtualTable } from "../widgets/virtual-table.tsx";

const COLUMNS: readonly Column<Stream>[] = [
  { name: "Stream", show: ({ id }) => <b>{printable(id)}</b>, by: ({ id }) => id, width: "20%" },
  { name: "Codecs", show: shortCodecs, by: shortCodecs, isExtra: true },
  {
    name: "fps",
    show: ({ video }) => (video ? Math.round(video.fps) : "–"),
    by: ({ video }) => video?.fps ?? 0,
    width: "56px",
    isNumber: true,
    isWide: true,
  },
  {
    name: "In",
    show: ({ kbps }) => bitrate(kbps.recv_30s),
    by: ({ kbps }) => kbps.recv_30s,
    width: "96px",
    isNumber: true,
    isExtra: true,
  },
  {
    name: "Viewers",
    show: (stream) => (
      <>
        <b>{count(viewersOf(stream))}</b>{" "}
        {viewersOf(stream) > 0 && <span class="quiet">{byName(stream.viewers)}</span>}
      </>
    ),
    by: viewersOf,
    width: "18%",
  },
  {
    name: "Out",
    show: ({ kbps }) => bitrate(kbps.send_30s),
    by: ({ kbps }) => kbps.send_30s,
    width: "100px",
    isNumber: true,
    isExtra: true,
  },
  {
    name: "Lags",
    show: ({ lags }) => (lags === 0 ? "0" : <Badge kind="warn">{count(lags)}</Badge>),
    by: ({ lags }) => lags,
    width: "68px",
    isNumber: true,
    isWide: true,
  },
  {
    name: "Since",
    show: ({ publish, uptime }) => (publish.active ? duration(uptime) : <Badge kind="warn">waiting</Badge>),
    by: ({ uptime }) => uptime ?? -1,
    width: "100px",
    isNumber: true,
  },
];

/** Every stream that is published or waited for. */
export function Streams(): JSX.Element {
  const { reply, problem } = usePolled<{ total: number; streams: readonly Stream[] }>(
    "streams?count=10000",
    2_000,
  );
  const [filter, setFilter] = useState("");
  const streams = reply?.streams ?? [];
  const shown = streams.filter((stream) =>
    matches(filter, [stream.id, codecs(stream), stream.ip, stream.identity, stream.transport]),
  );
  return (
    <Page
      title="Streams"
      problem={problem}
      tools={
        <>
          <span class="quiet">{reply && `${count(shown.length)} of ${count(reply.total)}`}</span>
          <Filter value={filter} onChange={setFilter} label="Name, codec, address" />
        </>
      }
    >
      <VirtualTable
        label="Streams"
        rows={shown}
        columns={COLUMNS}
        idOf={({ id }) => id}
        empty={reply ? "No stream is published." : "Asking the server …"}
        note={(stream) => `${shortCodecs(stream)} · ${bitrate(stream.kbps.recv_30s)}`}
        onOpen={({ id }) => go("streams", id)}
        sortedBy="Stream"
      />
    </Page>
  );
}
