import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Relay } from "../api/replies.ts";
import { usePolled } from "../state/polled.ts";
import { hashOf } from "../state/route.ts";
import { bytes, clock, count, printable } from "../text/format.ts";
import { matches } from "../text/matches.ts";
import { Filter } from "../widgets/filter.tsx";
import { Badge, Page } from "../widgets/page.tsx";
import { type Column, VirtualTable } from "../widgets/virtual-table.tsx";

const KINDS = { running: "good", connecting: "warn", waiting: "bad" } as const;

const COLUMNS: readonly Column<Relay>[] = [
  {
    name: "Stream",
    show: ({ stream }) => <a href={hashOf("streams", stream)}>{printable(stream)}</a>,
    by: ({ stream }) => stream,
  },
  { name: "Way", show: ({ kind }) => kind, by: ({ kind }) => kind, width: "64px" },
  {
    name: "Other server",
    show: ({ target }) => <code>{printable(target)}</code>,
    by: ({ target }) => target,
    isExtra: true,
  },
  {
    name: "State",
    show: ({ state }) => <Badge kind={KINDS[state as keyof typeof KINDS] ?? "neutral"}>{state}</Badge>,
    by: ({ state }) => state,
    width: "110px",
  },
  {
    name: "Bytes",
    show: ({ bytes: all }) => bytes(all),
    by: ({ bytes: all }) => all,
    width: "96px",
    isNumber: true,
    isExtra: true,
  },
  {
    name: "Retries",
    show: ({ retries }) => count(retries),
    by: ({ retries }) => retries,
    width: "84px",
    isNumber: true,
    isExtra: true,
  },
  {
    name: "Last error",
    show: ({ lastError }) => (lastError ? `${lastError.code}, ${clock(lastError.at)}` : "none"),
    width: "24%",
    isExtra: true,
  },
];

/** Streams from other servers and to them. */
export function Relays(): JSX.Element {
  const { reply, problem } = usePolled<{ relays: readonly Relay[]; proxiedSessions: number }>(
    "relays",
    3_000,
  );
  const [filter, setFilter] = useState("");
  const shown = (reply?.relays ?? []).filter(({ stream, target, state }) =>
    matches(filter, [stream, target, state]),
  );
  return (
    <Page
      title="Relays"
      problem={problem}
      tools={
        <>
          <span class="quiet">
            {reply &&
              `${count(reply.relays.length)} relays, ${count(reply.proxiedSessions)} sessions passed on`}
          </span>
          <Filter value={filter} onChange={setFilter} label="Stream, server, state" />
        </>
      }
    >
      <VirtualTable
        label="Relays"
        rows={shown}
        columns={COLUMNS}
        idOf={({ kind, stream, target }) => `${kind} ${stream} ${target}`}
        empty={reply ? "Nothing is pulled from other servers or pushed to them." : "Asking the server …"}
        note={({ target, retries }) => `${target} · ${retries} retries`}
      />
    </Page>
  );
}
