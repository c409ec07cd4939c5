import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Listener } from "../api/replies.ts";
import { usePolled } from "../state/polled.ts";
import { LatencyMeter } from "./latency.ts";
import { mediaUrl, type PlayerKind } from "./media-url.ts";
import type { OpenPlayer, Player } from "./player.ts";

/** A player is loaded when it is opened, and not before. */
const PLAYERS: Readonly<
  Record<
    PlayerKind,
    {
      readonly name: string;
      /** What the server needs for it. */
      readonly feature: string;
      readonly load: () => Promise<{ openPlayer: OpenPlayer }>;
    }
  >
> = {
  flv: { name: "WS-FLV", feature: "http-flv", load: () => import("./flv-player.ts") },
  hls: { name: "LL-HLS", feature: "hls", load: () => import("./hls-player.ts") },
};

/** How often the buffer is looked at: the promptest arrival of a second or two is found within that. Milliseconds. */
const LOOK_MS = 50;
const SHOW_MS = 500;

/** The stream as viewers get it, in all ways that the server has, side by side. */
export function Players({ stream }: { readonly stream: string }): JSX.Element {
  const { reply } = usePolled<{ listeners: readonly Listener[] }>("listeners", 60_000);
  const { reply: server } = usePolled<{ features: readonly string[] }>("features", 60_000);
  const [query, setQuery] = useState("");
  const kinds = (["flv", "hls"] as const).filter((kind) => server?.features.includes(PLAYERS[kind].feature));
  return (
    <section class="players" aria-label="Players">
      <div class="pair">
        {kinds.map((kind) => (
          <OnePlayer
            key={`${kind} ${query}`}
            kind={kind}
            url={reply && mediaUrl(kind, stream, reply.listeners, location, query)}
            isKnown={reply !== undefined}
          />
        ))}
      </div>
      <label class="field query">
        <span>Query, where viewers need a token or signature</span>
        <input
          value={query}
          placeholder="token=…"
          autocomplete="off"
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      </label>
    </section>
  );
}

interface OneProps {
  readonly kind: PlayerKind;
  readonly url: string | undefined;
  readonly isKnown: boolean;
}

interface Measured {
  readonly behindMs: number | undefined;
  readonly pictures: number;
  readonly size: string;
}

const NOTHING: Measured = { behindMs: undefined, pictures: 0, size: "" };

function OnePlayer({ kind, url, isKnown }: OneProps): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string>();
  const [tries, setTries] = useState(0);
  const [measured, setMeasured] = useState(NOTHING);
  useEffect(() => {
    const element = video.current;
    if (url === undefined || !element) return;
    let player: Player | undefined;
    let isOver = false;
    setProblem(undefined);
    const open = async (): Promise<void> => {
      try {
        const { openPlayer } = await PLAYERS[kind].load();
        if (!isOver) player = openPlayer(element, url, setProblem);
        // Why it cannot begin is told by the player.
        await element.play().catch(() => {});
      } catch (error) {
        if (!isOver) setProblem(`The player cannot be loaded: ${(error as Error).message}`);
      }
    };
    void open();
    const stopMeasuring = measure(element, setMeasured);
    return () => {
      isOver = true;
      stopMeasuring();
      player?.destroy();
    };
  }, [kind, url, tries]);
  const missing = isKnown && url === undefined;
  const { behindMs, pictures, size } = measured;
  return (
    <figure class="player" data-kind={kind}>
      <figcaption>
        <b>{PLAYERS[kind].name}</b>
        <span
          class="latency"
          data-ms={behindMs === undefined ? "" : Math.round(behindMs)}
          data-pictures={pictures}
        >
          {behindMs === undefined ? "" : `${(behindMs / 1_000).toFixed(2)} s behind`}
        </span>
        <span class="quiet">{size}</span>
      </figcaption>
      <video ref={video} muted playsInline controls />
      {(problem !== undefined || missing) && (
        <p class="problem" role="alert">
          {missing ? "No listener speaks plain HTTP, or HTTPS where this page does." : problem}{" "}
          {!missing && (
            <button type="button" onClick={() => setTries(tries + 1)}>
              Try again
            </button>
          )}
        </p>
      )}
      {url !== undefined && <code class="quiet url">{url}</code>}
    </figure>
  );
}

/** Returns the function that ends it. */
function measure(video: HTMLVideoElement, tell: (measured: Measured) => void): () => void {
  const meter = new LatencyMeter();
  const look = setInterval(() => {
    const { buffered } = video;
    if (buffered.length > 0) meter.arrived(performance.now(), buffered.end(buffered.length - 1));
  }, LOOK_MS);
  const show = setInterval(() => {
    const { totalVideoFrames: pictures } = video.getVideoPlaybackQuality();
    const behindMs = pictures > 0 ? meter.behindMs(performance.now(), video.currentTime) : undefined;
    const size = video.videoWidth > 0 ? `${video.videoWidth}×${video.videoHeight}` : "";
    tell({ behindMs, pictures, size });
  }, SHOW_MS);
  return () => {
    clearInterval(look);
    clearInterval(show);
  };
}
