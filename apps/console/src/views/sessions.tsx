import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Client } from "../api/replies.ts";
import { usePolled } from "../state/polled.ts";
import { count } from "../text/format.ts";
import { matches } from "../text/matches.ts";
import { Filter } from "../widgets/filter.tsx";
import { Page } from "../widgets/page.tsx";
import { SessionTable } from "./session-table.tsx";

/** The most that one answer has. */
const MAX_CLIENTS = 10_000;

interface Reply {
  readonly total: number;
  readonly clients: readonly Client[];
}

/** A thousand sessions cost the server some 20 ms each time: of many, a longer list is asked for less often. Milliseconds. */
function refreshMs({ total }: Pick<Reply, "total">): number {
  return Math.max(2_000, Math.min(total, MAX_CLIENTS) * 2);
}

/** Everybody who is connected. */
export function Sessions(): JSX.Element {
  const { reply, problem, again } = usePolled<Reply>(`clients?count=${MAX_CLIENTS}`, refreshMs);
  const [filter, setFilter] = useState("");
  const shown = useMemo(
    () => (reply?.clients ?? []).filter((client) => matches(filter, textsOf(client))),
    [reply, filter],
  );
  const everySeconds = reply ? refreshMs(reply) / 1_000 : 2;
  return (
    <Page
      title="Sessions"
      problem={problem}
      tools={
        <>
          <span class="quiet">
            {reply && `${count(shown.length)} of ${count(reply.total)}`}
            {everySeconds > 2 && `, every ${Math.round(everySeconds)} s`}
          </span>
          <Filter value={filter} onChange={setFilter} label="Address, stream, program" />
        </>
      }
    >
      <SessionTable
        clients={shown}
        empty={reply ? "Nobody is connected." : "Asking the server …"}
        onChanged={again}
        hasStream
      />
    </Page>
  );
}

function textsOf({
  ip,
  stream,
  transport,
  flashver,
  identity,
  id,
  publish,
}: Client): readonly (string | null)[] {
  return [ip, stream, transport, flashver, identity, id, publish ? "publishes" : "plays"];
}
