import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Recording } from "../api/replies.ts";
import { clock, isoDay, printable } from "../text/format.ts";
import { barsIn, chosenRange, type Range, ticksIn } from "./timeline.ts";

/** As in a drawing of this width; it is stretched to that of the page. */
const WIDTH = 1_000;
const LANE = 26;

/** Ticks of a range that is longer have the day instead of the time. */
const DAYS_MS = 3 * 86_400_000;

interface Props {
  /** By the path of their stream. */
  readonly lanes: readonly (readonly [string, readonly Recording[]])[];
  readonly range: Range;
  readonly chosen: { readonly stream: string; readonly range: Range } | undefined;
  readonly onChoose: (stream: string, range: Range) => void;
}

/** What was recorded when, a lane for each stream. A span of it is chosen by drawing over it. */
export function TimelineChart({ lanes, range, chosen, onChoose }: Props): JSX.Element {
  const ticks = ticksIn(range);
  return (
    <div class="timeline">
      {lanes.map(([stream, recordings]) => (
        <Lane
          key={stream}
          stream={stream}
          recordings={recordings}
          range={range}
          chosen={chosen?.stream === stream ? chosen.range : undefined}
          onChoose={(next) => onChoose(stream, next)}
        />
      ))}
      <div class="ticks" aria-hidden="true">
        {ticks.map(({ x, ms }) => (
          <span key={ms} style={{ left: `${100 * x}%` }}>
            {range.toMs - range.fromMs > DAYS_MS ? isoDay(new Date(ms)).slice(5) : clock(ms).slice(-8, -3)}
          </span>
        ))}
      </div>
    </div>
  );
}

interface LaneProps {
  readonly stream: string;
  readonly recordings: readonly Recording[];
  readonly range: Range;
  readonly chosen: Range | undefined;
  readonly onChoose: (range: Range) => void;
}

function Lane({ stream, recordings, range, chosen, onChoose }: LaneProps): JSX.Element {
  const drawing = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const placeOf = (event: PointerEvent): number => {
    const { left, width } = drawing.current!.getBoundingClientRect();
    return (event.clientX - left) / width;
  };
  const dragged = drag && chosenRange(drag.from, drag.to, range);
  const marked = dragged ?? chosen;
  const x = (ms: number): number => (WIDTH * (ms - range.fromMs)) / (range.toMs - range.fromMs);
  return (
    <div class="lane">
      <span class="name">{printable(stream)}</span>
      <svg
        ref={drawing}
        viewBox={`0 0 ${WIDTH} ${LANE}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Recordings of ${printable(stream)}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: placeOf(event), to: placeOf(event) });
        }}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: placeOf(event) })}
        onPointerUp={() => {
          if (dragged) onChoose(dragged);
          setDrag(undefined);
        }}
        onPointerCancel={() => setDrag(undefined)}
      >
        {barsIn(recordings, range).map(({ file, x: left, width, state }) => (
          <rect
            key={file}
            class={`bar ${state}`}
            x={left * WIDTH}
            y={5}
            width={width * WIDTH}
            height={LANE - 10}
          >
            <title>{printable(file)}</title>
          </rect>
        ))}
        {marked && (
          <rect
            class="marked"
            x={x(marked.fromMs)}
            y={1}
            width={x(marked.toMs) - x(marked.fromMs)}
            height={LANE - 2}
          />
        )}
      </svg>
    </div>
  );
}
