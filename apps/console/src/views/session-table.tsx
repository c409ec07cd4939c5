import type { JSX } from "preact";
import { ask } from "../api/ask.ts";
import type { Client } from "../api/replies.ts";
import { askFor } from "../state/actions.ts";
import { hashOf } from "../state/route.ts";
import { bitrate, duration, milliseconds, printable } from "../text/format.ts";
import { Badge } from "../widgets/page.tsx";
import { type Column, VirtualTable } from "../widgets/virtual-table.tsx";

/** A lag that can be seen. Milliseconds. */
const LATE_MS = 1_000;

interface Props {
  readonly clients: readonly Client[];
  readonly empty: string;
  readonly onChanged: () => void;
  /** Whether they belong to different streams. */
  readonly hasStream: boolean;
}

/** Sessions, with what can be done to each. */
export function SessionTable({ clients, empty, onChanged, hasStream }: Props): JSX.Element {
  const columns = columnsOf(onChanged, hasStream);
  return (
    <VirtualTable
      label="Sessions"
      rows={clients}
      columns={columns}
      idOf={({ id }) => id}
      empty={empty}
      note={(client) => `${doing(client)} · ${client.transport} · ${rateOf(client)} · ${client.stream ?? ""}`}
    />
  );
}

function columnsOf(onChanged: () => void, hasStream: boolean): readonly Column<Client>[] {
  return [
    {
      name: "Address",
      show: ({ ip, port }) => <code>{`${ip}:${port}`}</code>,
      by: ({ ip }) => ip,
      width: "19%",
    },
    {
      name: hasStream ? "Stream" : "Does",
      show: (client) => (
        <>
          {doing(client)}{" "}
          {hasStream && client.stream !== null && (
            <a href={hashOf("streams", client.stream)}>{printable(client.stream)}</a>
          )}
        </>
      ),
      by: (client) => `${client.stream ?? ""} ${doing(client)}`,
      isExtra: true,
    },
    {
      name: "Transport",
      show: ({ transport }) => transport,
      by: ({ transport }) => transport,
      width: "90px",
      isExtra: true,
    },
    { name: "Rate", show: rateOf, by: rate, width: "96px", isNumber: true, isExtra: true },
    {
      name: "Lag",
      show: ({ lag_ms }) =>
        (lag_ms ?? 0) > LATE_MS ? <Badge kind="warn">{milliseconds(lag_ms)}</Badge> : milliseconds(lag_ms),
      by: ({ lag_ms }) => lag_ms ?? -1,
      width: "80px",
      isNumber: true,
      isExtra: true,
    },
    {
      name: "RTT",
      show: ({ rtt_ms }) => milliseconds(rtt_ms),
      by: ({ rtt_ms }) => rtt_ms ?? -1,
      width: "76px",
      isNumber: true,
      isWide: true,
    },
    {
      name: "Since",
      show: ({ alive }) => duration(alive),
      by: ({ alive }) => -alive,
      width: "96px",
      isNumber: true,
      isExtra: true,
    },
    {
      name: "Program",
      show: ({ flashver, identity }) => (
        <span class="quiet">{printable([identity, flashver].filter(Boolean).join(" · "))}</span>
      ),
      by: ({ flashver }) => flashver,
      width: "13%",
      isWide: true,
    },
    {
      name: "",
      show: (client) => <SessionTools client={client} onChanged={onChanged} />,
      width: "126px",
    },
  ];
}

function SessionTools({
  client,
  onChanged,
}: {
  readonly client: Client;
  readonly onChanged: () => void;
}): JSX.Element {
  return (
    <span class="row-tools">
      <button type="button" onClick={() => askToKick(client, onChanged)}>
        Kick
      </button>
      <button type="button" onClick={() => askToBan(client, onChanged)}>
        Ban
      </button>
    </span>
  );
}

function askToKick({ id, ip, transport }: Client, onChanged: () => void): void {
  askFor({
    title: "Kick the session",
    text: `${ip} over ${transport} is told that an operator has ended its session, and is disconnected. Most encoders connect again at once.`,
    button: "Kick",
    isDangerous: true,
    run: async () => {
      await ask(`clients/${id}`, { method: "DELETE" });
      onChanged();
      return `${ip} was disconnected.`;
    },
  });
}

function askToBan({ ip, stream }: Client, onChanged: () => void): void {
  askFor({
    title: "Ban the address",
    text: "What comes from there is refused, and what goes on is ended. Without a number of seconds it lasts until it is lifted.",
    button: "Ban",
    isDangerous: true,
    fields: [
      { name: "address", label: "Address or network", initial: ip },
      { name: "seconds", label: "Seconds", initial: "600", isNumber: true, isOptional: true },
      { name: "stream", label: `Only for streams such as ${stream ?? "live/*"}`, isOptional: true },
      { name: "reason", label: "Reason, for the log", isOptional: true },
    ],
    run: async ({ address = "", seconds = "", stream: pattern = "", reason = "" }) => {
      const body = {
        address,
        ...(seconds !== "" && { seconds: Number(seconds) }),
        ...(pattern !== "" && { stream: pattern }),
        ...(reason !== "" && { reason }),
      };
      await ask("bans", { method: "POST", body });
      onChanged();
      return `${address} is banned.`;
    },
  });
}

function doing({ type, publish }: Client): string {
  if (publish) return "publishes";
  return type === "unknown" ? "idle" : "plays";
}

function rate({ publish, kbps }: Client): number {
  return publish ? kbps.recv_30s : kbps.send_30s;
}

function rateOf(client: Client): string {
  return bitrate(rate(client));
}
