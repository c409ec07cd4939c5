import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Tunnel } from "../api/replies.ts";
import { usePolled } from "../state/polled.ts";
import { bytes, count, milliseconds } from "../text/format.ts";
import { matches } from "../text/matches.ts";
import { Filter } from "../widgets/filter.tsx";
import { Badge, Page } from "../widgets/page.tsx";
import { type Column, VirtualTable } from "../widgets/virtual-table.tsx";

const COLUMNS: readonly Column<Tunnel>[] = [
  { name: "Address", show: ({ ip, port }) => <code>{`${ip}:${port}`}</code>, by: ({ ip }) => ip },
  {
    name: "Transport",
    show: ({ transport }) => transport,
    by: ({ transport }) => transport,
    width: "100px",
    isExtra: true,
  },
  {
    name: "Polls/s",
    show: ({ polls_per_second }) => polls_per_second.toFixed(1),
    by: ({ polls_per_second }) => polls_per_second,
    width: "86px",
    isNumber: true,
  },
  {
    name: "Polls",
    show: ({ polls }) => count(polls),
    by: ({ polls }) => polls,
    width: "96px",
    isNumber: true,
    isExtra: true,
  },
  {
    name: "Last seen",
    show: ({ idle_ms }) =>
      idle_ms === null ? <Badge kind="neutral">over</Badge> : `${milliseconds(idle_ms)} ago`,
    by: ({ idle_ms }) => idle_ms ?? -1,
    width: "120px",
    isNumber: true,
  },
  {
    name: "Waiting",
    show: ({ queued_bytes }) => bytes(queued_bytes),
    by: ({ queued_bytes }) => queued_bytes,
    width: "96px",
    isNumber: true,
    isExtra: true,
  },
  {
    name: "In",
    show: ({ recv_bytes }) => bytes(recv_bytes),
    by: ({ recv_bytes }) => recv_bytes,
    width: "96px",
    isNumber: true,
    isExtra: true,
  },
  {
    name: "Out",
    show: ({ send_bytes }) => bytes(send_bytes),
    by: ({ send_bytes }) => send_bytes,
    width: "96px",
    isNumber: true,
    isExtra: true,
  },
];

/** Sessions through HTTP, and how their clients ask for what there is. */
export function Tunnels(): JSX.Element {
  const { reply, problem } = usePolled<{ total: number; sessions: readonly Tunnel[] }>(
    "tunnels?count=10000",
    3_000,
  );
  const [filter, setFilter] = useState("");
  const shown = (reply?.sessions ?? []).filter(({ ip, transport }) => matches(filter, [ip, transport]));
  return (
    <Page
      title="Tunnels"
      problem={problem}
      tools={
        <>
          <span class="quiet">{reply && `${count(shown.length)} of ${count(reply.total)}`}</span>
          <Filter value={filter} onChange={setFilter} label="Address" />
        </>
      }
    >
      <VirtualTable
        label="Tunnels"
        rows={shown}
        columns={COLUMNS}
        idOf={({ ip, port }) => `${ip} ${port}`}
        empty={reply ? "No session goes through HTTP (RTMPT, RTMPTS, RTMPTE)." : "Asking the server …"}
        note={({ transport, polls, queued_bytes }) =>
          `${transport} · ${count(polls)} polls · ${bytes(queued_bytes)} waiting`
        }
      />
    </Page>
  );
}
