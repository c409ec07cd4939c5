import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../state/store.ts";
import { theme } from "../state/theme.ts";
import type { Series } from "./series.ts";

interface Props {
  readonly title: string;
  readonly show: (value: number) => string;
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

type Drawn = import("./draw-plot.ts").DrawnPlot;

/** Ten minutes of one to three numbers. What draws it is loaded with the first plot. */
export function Plot({ title, show, times, series }: Props): JSX.Element {
  const colours = useStore(theme);
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);
  const newest = useRef({ times, series });
  newest.current = { times, series };
  const names = series.map(({ name }) => name).join();
  useEffect(() => {
    let isOver = false;
    const draw = async (): Promise<void> => {
      const { DrawnPlot } = await import("./draw-plot.ts");
      if (isOver || !place.current) return;
      drawn.current = new DrawnPlot(place.current, names.split(","), show);
      drawn.current.update(newest.current.times, newest.current.series);
    };
    void draw();
    return () => {
      isOver = true;
      drawn.current?.destroy();
      drawn.current = undefined;
    };
  }, [colours, names]);
  useEffect(() => drawn.current?.update(times, series), [times, series]);
  return (
    <figure class="plot">
      <figcaption>
        <span>{title}</span>
        <span class="legend">
          {series.map(({ name, values }, index) => (
            <span key={name} class={`series-${index + 1}`}>
              {series.length > 1 && `${name} `}
              <b>{shown(values.at(-1), show)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div class="canvas" ref={place} />
    </figure>
  );
}

function shown(value: number | null | undefined, show: (value: number) => string): string {
  return value === null || value === undefined ? "–" : show(value);
}
