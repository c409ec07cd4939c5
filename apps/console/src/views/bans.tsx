import type { JSX } from "preact";
import { ask } from "../api/ask.ts";
import type { Ban } from "../api/replies.ts";
import { askFor } from "../state/actions.ts";
import { usePolled } from "../state/polled.ts";
import { clock, printable } from "../text/format.ts";
import { Page } from "../widgets/page.tsx";
import { type Column, VirtualTable } from "../widgets/virtual-table.tsx";

/** Who is refused, and until when. */
export function Bans(): JSX.Element {
  const { reply, problem, again } = usePolled<{ bans: readonly Ban[] }>("bans", 3_000);
  return (
    <Page
      title="Bans"
      problem={problem}
      tools={
        <button type="button" onClick={() => askForBan(again)}>
          New ban
        </button>
      }
    >
      <VirtualTable
        label="Bans"
        rows={reply?.bans ?? []}
        columns={columnsOf(again)}
        idOf={({ id }) => id}
        empty={reply ? "Nobody is banned." : "Asking the server …"}
        note={({ until, reason }) => `${untilText(until)}${reason && ` · ${printable(reason)}`}`}
      />
    </Page>
  );
}

function columnsOf(onChanged: () => void): readonly Column<Ban>[] {
  return [
    { name: "Who", show: (ban) => <b>{printable(whoOf(ban))}</b>, by: whoOf },
    {
      name: "Reason",
      show: ({ reason }) => printable(reason),
      by: ({ reason }) => reason,
      width: "24%",
      isExtra: true,
    },
    {
      name: "Since",
      show: ({ created }) => clock(created),
      by: ({ created }) => created,
      width: "150px",
      isExtra: true,
    },
    {
      name: "Until",
      show: ({ until }) => untilText(until),
      by: ({ until }) => until ?? "~",
      width: "150px",
      isExtra: true,
    },
    {
      name: "",
      show: (ban) => (
        <span class="row-tools">
          <button type="button" onClick={() => askToLift(ban, onChanged)}>
            Lift
          </button>
        </span>
      ),
      width: "80px",
    },
  ];
}

function askToLift(ban: Ban, onChanged: () => void): void {
  askFor({
    title: "Lift the ban",
    text: `${whoOf(ban)} may come again.`,
    button: "Lift",
    run: async () => {
      await ask(`bans/${encodeURIComponent(ban.id)}`, { method: "DELETE" });
      onChanged();
      return "The ban is lifted.";
    },
  });
}

function askForBan(onChanged: () => void): void {
  askFor({
    title: "New ban",
    text: "It is about what fits all that it says. What comes is refused, and what goes on is ended.",
    button: "Ban",
    isDangerous: true,
    fields: [
      { name: "address", label: "Address or network", isOptional: true },
      { name: "identity", label: "Identity", isOptional: true },
      { name: "stream", label: "Stream, such as live/*", isOptional: true },
      { name: "seconds", label: "Seconds; empty: until it is lifted", isNumber: true, isOptional: true },
      { name: "reason", label: "Reason, for the log", isOptional: true },
    ],
    run: async ({ seconds = "", ...texts }) => {
      const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
      await ask("bans", {
        method: "POST",
        body: { ...given, ...(seconds !== "" && { seconds: Number(seconds) }) },
      });
      onChanged();
      return "The ban is in force.";
    },
  });
}

function whoOf({ address, identity, stream }: Ban): string {
  return [address, identity && `identity ${identity}`, stream && `stream ${stream}`]
    .filter(Boolean)
    .join(", ");
}

function untilText(until: string | null): string {
  return until === null ? "until it is lifted" : clock(until);
}
