import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Series } from "./series.ts";

/** Pixels. */
const HEIGHT = 130;
const AXIS_WIDTH = 58;
const AXIS_HEIGHT = 24;

/** Plots of one view show the same moment. */
const SYNC = uPlot.sync("console");

/** A plot on a canvas, as wide as its place. */
export class DrawnPlot {
  readonly #plot: uPlot;
  readonly #observer: ResizeObserver;

  constructor(place: HTMLElement, names: readonly string[], show: (value: number) => string) {
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const font = `11px ${token("sans")}`;
    const axis: uPlot.Axis = {
      stroke: token("muted"),
      font,
      grid: { stroke: token("line"), width: 1 },
      ticks: { show: false },
    };
    const options: uPlot.Options = {
      width: place.clientWidth || 300,
      height: HEIGHT,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: SYNC.key }, drag: { x: false, y: false } },
      scales: { y: { range: (_, __, max) => [0, Math.max(1, (max ?? 0) * 1.15)] } },
      axes: [
        { ...axis, size: AXIS_HEIGHT, space: 70, values: (_, ticks) => ticks.map(timeOfDay) },
        { ...axis, size: AXIS_WIDTH, space: 30, values: (_, ticks) => ticks.map((tick) => show(tick)) },
      ],
      series: [
        {},
        ...names.map((label, index) => ({
          label,
          stroke: token(`series-${index + 1}`),
          width: 1.5,
          points: { show: false },
          ...(names.length === 1 && { fill: `${token("series-1")}22` }),
        })),
      ],
    };
    this.#plot = new uPlot(options, [[], ...names.map(() => [])], place);
    this.#observer = new ResizeObserver(() =>
      this.#plot.setSize({ width: place.clientWidth, height: HEIGHT }),
    );
    this.#observer.observe(place);
  }

  update(times: readonly number[], series: readonly Series[]): void {
    this.#plot.setData([[...times], ...series.map(({ values }) => [...values])]);
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#plot.destroy();
  }
}

function timeOfDay(seconds: number): string {
  const at = new Date(seconds * 1_000);
  return `${at.getHours()}:${String(at.getMinutes()).padStart(2, "0")}`;
}
