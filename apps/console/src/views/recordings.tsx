import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { ask, inPath } from "../api/ask.ts";
import type { Recording } from "../api/replies.ts";
import { SpanTools } from "../recordings/span-tools.tsx";
import { type Range, rangeOf } from "../recordings/timeline.ts";
import { TimelineChart } from "../recordings/timeline-chart.tsx";
import { askFor } from "../state/actions.ts";
import { usePolled } from "../state/polled.ts";
import { go } from "../state/route.ts";
import { bytes, clock, count, duration, printable } from "../text/format.ts";
import { Badge, Page } from "../widgets/page.tsx";
import { type Column, VirtualTable } from "../widgets/virtual-table.tsx";

/** As many as one answer has. */
const MAX_LISTED = 1_000;

/** Lanes beside the table; choose a stream to see that of another one. */
const MAX_LANES = 6;

const HOUR_MS = 3_600_000;
const RANGES = [
  ["1 h", HOUR_MS],
  ["6 h", 6 * HOUR_MS],
  ["1 d", 24 * HOUR_MS],
  ["1 w", 7 * 24 * HOUR_MS],
] as const;

interface Chosen {
  readonly stream: string;
  readonly range: Range;
}

/** What was recorded: a time line, and the files. */
export function Recordings({ stream }: { readonly stream: string }): JSX.Element {
  const of = stream === "" ? "" : `&stream=${encodeURIComponent(stream)}`;
  const query = `recordings?count=${MAX_LISTED}${of}`;
  const { reply, problem, again } = usePolled<{ total: number; recordings: readonly Recording[] }>(
    query,
    5_000,
  );
  const [lengthMs, setLengthMs] = useState(HOUR_MS);
  const [chosen, setChosen] = useState<Chosen>();
  const recordings = reply?.recordings ?? [];
  const lanes = useMemo(() => lanesOf(recordings), [recordings]);
  const now = Date.now();
  const choose = (recording: Recording): void =>
    setChosen({ stream: recording.stream, range: rangeOf(recording, Date.now()) });
  return (
    <Page
      title="Recordings"
      problem={problem}
      tools={
        <>
          <span class="quiet">
            {reply &&
              (reply.total > MAX_LISTED
                ? `the newest ${count(MAX_LISTED)} of ${count(reply.total)}`
                : count(reply.total))}
          </span>
          <select
            aria-label="Stream"
            value={stream}
            onChange={(event) => go("recordings", event.currentTarget.value)}
          >
            <option value="">All streams</option>
            {[...new Set([...lanes.map(([name]) => name), ...(stream === "" ? [] : [stream])])].map(
              (name) => (
                <option key={name} value={name}>
                  {printable(name)}
                </option>
              ),
            )}
          </select>
          <span class="choices">
            {RANGES.map(([name, ms]) => (
              <button key={name} type="button" aria-pressed={ms === lengthMs} onClick={() => setLengthMs(ms)}>
                {name}
              </button>
            ))}
          </span>
        </>
      }
    >
      {lanes.length > 0 && (
        <TimelineChart
          lanes={lanes.slice(0, MAX_LANES)}
          range={{ fromMs: now - lengthMs, toMs: now }}
          chosen={chosen}
          onChoose={(name, range) => setChosen({ stream: name, range })}
        />
      )}
      {chosen && <SpanTools stream={chosen.stream} range={chosen.range} />}
      <VirtualTable
        label="Recordings"
        rows={recordings}
        columns={columnsOf(again)}
        idOf={({ file }) => file}
        empty={reply ? "Nothing was recorded." : "Asking the server …"}
        note={(recording) =>
          `${clock(recording.started)} · ${lengthOf(recording)} · ${bytes(recording.bytes)}`
        }
        onOpen={choose}
      />
    </Page>
  );
}

const KINDS = { recording: "warn", complete: "good", failed: "bad" } as const;

function columnsOf(onChanged: () => void): readonly Column<Recording>[] {
  return [
    { name: "File", show: ({ file }) => <b>{printable(file)}</b>, by: ({ file }) => file },
    {
      name: "Begun",
      show: ({ started }) => clock(started),
      by: ({ started }) => started,
      width: "160px",
      isExtra: true,
    },
    {
      name: "Length",
      show: lengthOf,
      by: ({ durationMs }) => durationMs ?? -1,
      width: "104px",
      isNumber: true,
      isExtra: true,
    },
    {
      name: "Size",
      show: ({ bytes: size }) => bytes(size),
      by: ({ bytes: size }) => size ?? -1,
      width: "96px",
      isNumber: true,
      isExtra: true,
    },
    {
      name: "State",
      show: ({ state }) => <Badge kind={KINDS[state as keyof typeof KINDS] ?? "neutral"}>{state}</Badge>,
      by: ({ state }) => state,
      width: "110px",
    },
    {
      name: "Upload",
      show: ({ upload }) => upload ?? "–",
      by: ({ upload }) => upload ?? "",
      width: "92px",
      isExtra: true,
    },
    {
      name: "",
      show: (recording) => (
        <span class="row-tools">
          <button
            type="button"
            disabled={recording.state === "recording"}
            onClick={(event) => {
              event.stopPropagation();
              askToDelete(recording, onChanged);
            }}
          >
            Delete
          </button>
        </span>
      ),
      width: "88px",
    },
  ];
}

/** Of one that is written, so far. */
function lengthOf(recording: Recording): string {
  const { fromMs, toMs } = rangeOf(recording, Date.now());
  return duration((toMs - fromMs) / 1_000);
}

function askToDelete({ file, bytes: size }: Recording, onChanged: () => void): void {
  askFor({
    title: "Delete the recording",
    text: `${file} (${bytes(size)}) is deleted, and cannot be brought back.`,
    button: "Delete",
    isDangerous: true,
    run: async () => {
      await ask(`recordings/${inPath(file)}`, { method: "DELETE" });
      onChanged();
      return `${file} is deleted.`;
    },
  });
}

function lanesOf(recordings: readonly Recording[]): readonly (readonly [string, readonly Recording[]])[] {
  const lanes = new Map<string, Recording[]>();
  for (const recording of recordings) {
    const lane = lanes.get(recording.stream) ?? [];
    lanes.set(recording.stream, lane);
    lane.push(recording);
  }
  return [...lanes];
}
