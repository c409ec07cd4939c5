import type { JSX } from "preact";
import type { Certificate, Listener, Summary } from "../api/replies.ts";
import { timesOf, useHistory } from "../state/history.ts";
import { usePolled } from "../state/polled.ts";
import { bitrate, bytes, count, duration, milliseconds } from "../text/format.ts";
import { Badge, Page, Tile } from "../widgets/page.tsx";
import { Plot } from "../widgets/plot.tsx";

const percent = (value: number): string => `${Math.round(value)} %`;
const number = (value: number): string => count(Math.round(value));

/** How the server fares, and how it has in the last ten minutes. */
export function Overview(): JSX.Element {
  const { history, problem } = useHistory("server");
  const { reply: summary } = usePolled<{ data: Summary }>("summaries", 5_000);
  const columns = history?.columns ?? {};
  const newest = (field: string): number | null => columns[field]?.at(-1) ?? null;
  const times = history ? timesOf(history) : [];
  const values = (field: string): readonly (number | null)[] => columns[field] ?? [];
  const whole = (field: string): string => (newest(field) === null ? "–" : number(newest(field)!));
  return (
    <Page title="Overview" problem={problem} scrolls>
      <div class="tiles">
        <Tile name="Streams" value={whole("streams")} />
        <Tile name="Viewers" value={whole("viewers")} note={`${whole("clients")} sessions`} />
        <Tile name="In" value={bitrate(newest("recv_kbps"))} />
        <Tile name="Out" value={bitrate(newest("send_kbps"))} />
        <Tile
          name="Processor"
          value={newest("cpu_percent") === null ? "–" : percent(newest("cpu_percent")!)}
          note={
            summary &&
            `${summary.data.system.cpus_online} processors, load ${summary.data.system.load_1m.toFixed(1)}`
          }
        />
        <Tile
          name="Memory"
          value={bytes(newest("memory_mbyte") === null ? null : newest("memory_mbyte")! * 1024 ** 2)}
          note={summary && `of ${bytes(summary.data.system.mem_ram_kbyte * 1024)}`}
        />
        <Tile name="Loop delay" value={milliseconds(newest("loop_delay_ms"))} />
        <Tile
          name="Up"
          value={duration(summary?.data.self.srs_uptime)}
          note={summary && `process ${summary.data.self.pid}`}
        />
      </div>
      <div class="plots">
        <Plot
          title="Bitrate"
          show={bitrate}
          times={times}
          series={[
            { name: "in", values: values("recv_kbps") },
            { name: "out", values: values("send_kbps") },
          ]}
        />
        <Plot
          title="Viewers and streams"
          show={number}
          times={times}
          series={[
            { name: "viewers", values: values("viewers") },
            { name: "streams", values: values("streams") },
          ]}
        />
        <Plot
          title="Processor"
          show={percent}
          times={times}
          series={[{ name: "busy", values: values("cpu_percent") }]}
        />
        <Plot
          title="Event loop delay"
          show={milliseconds}
          times={times}
          series={[{ name: "longest", values: values("loop_delay_ms") }]}
        />
        <Plot
          title="Merge window"
          show={milliseconds}
          times={times}
          series={[{ name: "window", values: values("merge_window_ms") }]}
        />
        <Plot
          title="Memory"
          show={(value) => bytes(value * 1024 ** 2)}
          times={times}
          series={[{ name: "resident", values: values("memory_mbyte") }]}
        />
      </div>
      <Doors />
    </Page>
  );
}

/** Where clients connect, and until when its certificates hold. */
function Doors(): JSX.Element | null {
  const { reply: doors } = usePolled<{ listeners: readonly Listener[] }>("listeners", 30_000);
  const { reply: expiries } = usePolled<{ certificates: readonly Certificate[] }>("certificates", 30_000);
  if (!doors) return null;
  return (
    <table class="small">
      <caption>Listeners</caption>
      <thead>
        <tr>
          <th scope="col">Address</th>
          <th scope="col">Protocols</th>
          <th scope="col">Certificate</th>
        </tr>
      </thead>
      <tbody>
        {doors.listeners.map(({ host, port, protocols }) => {
          const certificate = expiries?.certificates.find((each) => each.port === port);
          return (
            <tr key={port}>
              <td>
                <code>
                  {host}:{port}
                </code>
              </td>
              <td>{protocols.join(", ")}</td>
              <td>{certificate ? <Expiry days={certificate.days_left} /> : "none"}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** ACME renews a month before; what has less than two weeks was forgotten. */
function Expiry({ days }: { readonly days: number }): JSX.Element {
  const kind = days < 0 ? "bad" : days < 14 ? "warn" : "good";
  return <Badge kind={kind}>{days < 0 ? "has expired" : `${days} days left`}</Badge>;
}
