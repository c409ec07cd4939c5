import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { isAtLeast, type NumberedLine, useLogLines } from "../state/log-lines.ts";
import { clock, count, printable } from "../text/format.ts";
import { matches } from "../text/matches.ts";
import { Dialog } from "../widgets/dialog.tsx";
import { Filter } from "../widgets/filter.tsx";
import { Badge, Page } from "../widgets/page.tsx";
import { type Column, VirtualTable } from "../widgets/virtual-table.tsx";

const KINDS = { warn: "warn", error: "bad", fatal: "bad" } as const;

const COLUMNS: readonly Column<NumberedLine>[] = [
  { name: "Time", show: ({ time }) => <code>{clock(time)}</code>, width: "90px", isExtra: true },
  {
    name: "Level",
    show: ({ level }) => <Badge kind={KINDS[level as keyof typeof KINDS] ?? "neutral"}>{level}</Badge>,
    width: "78px",
    isExtra: true,
  },
  { name: "Message", show: ({ message }) => printable(message), width: "34%" },
  { name: "Fields", show: ({ fields }) => <code class="quiet">{fieldsText(fields)}</code>, isExtra: true },
];

/** The newest lines of the log. */
export function Log(): JSX.Element {
  const { lines, problem } = useLogLines();
  const [filter, setFilter] = useState("");
  const [least, setLeast] = useState("debug");
  const [opened, setOpened] = useState<NumberedLine>();
  const shown = useMemo(
    () =>
      lines.filter(
        ({ level, message, fields }) =>
          isAtLeast(level, least) && matches(filter, [message, fieldsText(fields)]),
      ),
    [lines, filter, least],
  );
  return (
    <Page
      title="Log"
      problem={problem}
      tools={
        <>
          <span class="quiet">{`${count(shown.length)} of ${count(lines.length)} lines`}</span>
          <select
            aria-label="Least level"
            value={least}
            onChange={(event) => setLeast(event.currentTarget.value)}
          >
            {["trace", "debug", "info", "warn", "error"].map((level) => (
              <option key={level} value={level}>
                {level} and above
              </option>
            ))}
          </select>
          <Filter value={filter} onChange={setFilter} label="Text" />
        </>
      }
    >
      <VirtualTable
        label="Log"
        rows={shown}
        columns={COLUMNS}
        idOf={({ number }) => String(number)}
        empty="No line."
        note={({ time, level }) => `${clock(time)} · ${level}`}
        onOpen={setOpened}
        isFollowing
      />
      {opened && (
        <Dialog key={opened.number} title={printable(opened.message)} onClose={() => setOpened(undefined)}>
          <p class="quiet">
            {opened.time} · {opened.level} · process {opened.process}
          </p>
          <pre>{JSON.stringify(opened.fields, undefined, 2).split("\n").map(printable).join("\n")}</pre>
        </Dialog>
      )}
    </Page>
  );
}

function fieldsText(fields: NumberedLine["fields"]): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return printable(parts.join(" "));
}
