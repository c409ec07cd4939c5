import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, inPath } from "../api/ask.ts";
import type { Client, Recording, Stream } from "../api/replies.ts";
import { Players } from "../players/players.tsx";
import { askFor } from "../state/actions.ts";
import { timesOf, useHistory } from "../state/history.ts";
import { useKeys } from "../state/keys.ts";
import { usePolled } from "../state/polled.ts";
import { hashOf } from "../state/route.ts";
import { bitrate, byName, bytes, count, duration, milliseconds, printable } from "../text/format.ts";
import { audioText, videoText, viewersOf } from "../text/media.ts";
import { Badge, Page, Tile } from "../widgets/page.tsx";
import { Plot } from "../widgets/plot.tsx";
import { SessionTable } from "./session-table.tsx";

/** As many as fit a table beside everything else; the view of sessions has all. */
const SHOWN_CLIENTS = 200;

/** One stream: what it is, how it looks, how it fares, and who has to do with it. */
export function StreamPage({ path }: { readonly path: string }): JSX.Element {
  const { reply, problem } = usePolled<{ stream: Stream }>(`streams/${inPath(path)}`, 2_000);
  const [isPlaying, setPlaying] = useState(false);
  useKeys({ p: () => setPlaying(!isPlaying) });
  const stream = reply?.stream;
  return (
    <Page
      title={
        <>
          <a href={hashOf("streams")}>Streams</a> / {printable(path)}{" "}
          {stream && (
            <Badge kind={stream.publish.active ? "good" : "warn"}>
              {stream.publish.active ? "live" : "waiting"}
            </Badge>
          )}
        </>
      }
      problem={problem}
      tools={<StreamTools path={path} isPlaying={isPlaying} onPlay={() => setPlaying(!isPlaying)} />}
      scrolls
    >
      {stream && <Facts stream={stream} />}
      {isPlaying && <Players stream={path} />}
      <StreamPlots path={path} />
      <StreamClients path={path} />
    </Page>
  );
}

interface ToolsProps {
  readonly path: string;
  readonly isPlaying: boolean;
  readonly onPlay: () => void;
}

function StreamTools({ path, isPlaying, onPlay }: ToolsProps): JSX.Element {
  const query = `recordings?stream=${encodeURIComponent(path)}&count=1`;
  const { reply, again } = usePolled<{ recordings: readonly Recording[] }>(query, 5_000);
  const isRecording = reply?.recordings[0]?.state === "recording";
  const record = async (): Promise<string> => {
    await ask(isRecording ? "recordings/stop" : "recordings", { method: "POST", body: { stream: path } });
    again();
    return isRecording ? `${path} is no longer recorded.` : `${path} is being recorded.`;
  };
  return (
    <>
      <button type="button" class="main" onClick={onPlay} title="p">
        {isPlaying ? "Close players" : "Play"}
      </button>
      <button
        type="button"
        onClick={() =>
          askFor({
            title: isRecording ? "Stop the recording" : "Record the stream",
            text: isRecording
              ? `${path} is not recorded any more until its next publisher, or until it is started again.`
              : `${path} is recorded from its newest keyframe on.`,
            button: isRecording ? "Stop" : "Record",
            run: record,
          })
        }
      >
        {isRecording ? "Stop recording" : "Record"}
      </button>
      <a class="button" href={hashOf("recordings", path)}>
        Recordings
      </a>
      <button
        type="button"
        class="dangerous"
        onClick={() =>
          askFor({
            title: "Close the stream",
            text: `The publisher of ${path} is disconnected, and its viewers are told that it has ended.`,
            button: "Close it",
            isDangerous: true,
            run: async () => {
              await ask(`streams/${inPath(path)}`, { method: "DELETE" });
              return `${path} is closed.`;
            },
          })
        }
      >
        Close
      </button>
    </>
  );
}

function Facts({ stream }: { readonly stream: Stream }): JSX.Element {
  const { video, audio, kbps, viewers } = stream;
  const drift = stream.av_drift_ms;
  return (
    <div class="tiles">
      <Tile
        name="Video"
        value={video ? `${Math.round(video.fps)} fps` : "none"}
        note={video ? `${videoText(video)}, ${bitrate(kbps.video_10s)}` : undefined}
      />
      <Tile
        name="Audio"
        value={audio ? bitrate(kbps.audio_10s) : "none"}
        note={audio ? audioText(audio) : undefined}
      />
      <Tile name="Viewers" value={count(viewersOf(stream))} note={byName(viewers)} />
      <Tile name="In" value={bitrate(kbps.recv_30s)} note={`${bytes(stream.recv_bytes)} so far`} />
      <Tile name="Out" value={bitrate(kbps.send_30s)} note={`${bytes(stream.send_bytes)} so far`} />
      <Tile
        name="Keyframes"
        value={milliseconds(stream.keyframe_interval_ms)}
        note={drift === null ? undefined : `sound and pictures drift by ${milliseconds(drift)}`}
      />
      <Tile name="Lags" value={count(stream.lags)} note="viewers that fell too far behind" />
      <Tile
        name="Publisher"
        value={printable(stream.ip ?? stream.source ?? "–")}
        note={`${stream.transport ?? ""} ${stream.rtt_ms === null ? "" : `RTT ${milliseconds(stream.rtt_ms)}, `}for ${duration(stream.uptime)}`}
      />
    </div>
  );
}

function StreamPlots({ path }: { readonly path: string }): JSX.Element | null {
  const { history } = useHistory(`streams/${inPath(path)}`);
  if (!history) return null;
  const times = timesOf(history);
  const values = (field: string): readonly (number | null)[] => history.columns[field] ?? [];
  const plain = (value: number): string => String(Math.round(value));
  return (
    <div class="plots">
      <Plot
        title="Bitrate"
        show={bitrate}
        times={times}
        series={[{ name: "in", values: values("bitrate_kbps") }]}
      />
      <Plot
        title="Pictures a second"
        show={plain}
        times={times}
        series={[{ name: "fps", values: values("fps") }]}
      />
      <Plot
        title="Lag of the slowest viewer"
        show={milliseconds}
        times={times}
        series={[{ name: "lag", values: values("lag_ms") }]}
      />
      <Plot
        title="Round trip to the publisher"
        show={milliseconds}
        times={times}
        series={[{ name: "RTT", values: values("rtt_ms") }]}
      />
    </div>
  );
}

function StreamClients({ path }: { readonly path: string }): JSX.Element {
  const query = `clients?stream=${encodeURIComponent(path)}&count=${SHOWN_CLIENTS}`;
  const { reply, again } = usePolled<{ total: number; clients: readonly Client[] }>(query, 3_000);
  return (
    <section class="boxed">
      <h2>
        Sessions{" "}
        {reply && (
          <span class="quiet">
            {reply.total > SHOWN_CLIENTS ? `${SHOWN_CLIENTS} of ${count(reply.total)}` : count(reply.total)}
          </span>
        )}
      </h2>
      <SessionTable
        clients={reply?.clients ?? []}
        empty={reply ? "Nobody." : "Asking the server …"}
        onChanged={again}
        hasStream={false}
      />
    </section>
  );
}
