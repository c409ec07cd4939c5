import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { askForBody, inPath } from "../api/ask.ts";
import { bytes, clock, duration, printable } from "../text/format.ts";
import type { Range } from "./timeline.ts";

/** A span is fetched whole, because a video element shows no token. Longer ones are for `curl`. Seconds. */
const MAX_PLAYED = 600;
const MAX_CUT = 3_600;

const FORMATS = ["mp4", "m4a", "flv", "mp3"] as const;

interface Props {
  readonly stream: string;
  readonly range: Range;
}

/** Plays a span of a stream, or saves it as a file. */
export function SpanTools({ stream, range }: Props): JSX.Element {
  const [format, setFormat] = useState<string>("mp4");
  const [video, setVideo] = useState<string>();
  const [status, setStatus] = useState<{ text: string; isProblem: boolean }>();
  const seconds = (range.toMs - range.fromMs) / 1_000;
  useEffect(() => setVideo(undefined), [stream, range]);
  useEffect(() => () => video && URL.revokeObjectURL(video), [video]);

  const fetchSpan = async (length: number, as: string): Promise<Blob | undefined> => {
    setStatus({ text: "Fetching …", isProblem: false });
    try {
      const start = new Date(range.fromMs).toISOString();
      const reply = await askForBody(
        `recordings/${inPath(stream)}?start=${start}&duration=${length}&format=${as}`,
      );
      const blob = await reply.blob();
      setStatus({ text: bytes(blob.size), isProblem: false });
      return blob;
    } catch (error) {
      setStatus({ text: (error as Error).message, isProblem: true });
      return undefined;
    }
  };
  const play = async (): Promise<void> => {
    const blob = await fetchSpan(Math.min(seconds, MAX_PLAYED), "mp4");
    if (blob) setVideo(URL.createObjectURL(blob));
  };
  const cut = async (): Promise<void> => {
    const blob = await fetchSpan(seconds, format);
    if (blob) save(blob, `${stream.replaceAll("/", "-")}-${range.fromMs / 1_000}.${format}`);
  };
  return (
    <div class="span-tools">
      <div class="row">
        <b>{printable(stream)}</b>
        <span>
          {clock(range.fromMs)} – {clock(range.toMs)}, {duration(seconds)}
        </span>
        <button type="button" class="main" onClick={play}>
          {seconds > MAX_PLAYED ? "Play 10 min" : "Play"}
        </button>
        <select aria-label="Format" value={format} onChange={(event) => setFormat(event.currentTarget.value)}>
          {FORMATS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <button
          type="button"
          onClick={cut}
          disabled={seconds > MAX_CUT}
          title={seconds > MAX_CUT ? "An hour at most; the API sends a day" : ""}
        >
          Cut out
        </button>
        {status && <span class={status.isProblem ? "problem" : "quiet"}>{status.text}</span>}
      </div>
      {video !== undefined && <RecordedVideo url={video} />}
    </div>
  );
}

function RecordedVideo({ url }: { readonly url: string }): JSX.Element {
  return <video src={url} controls autoplay muted playsInline />;
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
