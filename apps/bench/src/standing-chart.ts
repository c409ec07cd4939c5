import type { RunReport } from "@headgate/load";
import type { MeasuredCase } from "./bar-tables.ts";

const WIDTH = 760;
const LABEL_WIDTH = 220;
const ROW_HEIGHT = 24;
const LEGEND_Y = 40;
const LEGEND_WIDTH = 155;
const TOP = 76;
const MARGIN = 30;

/** How many times as dear, or as cheap, the edges are. */
const MOST_TIMES = 8;

const COLOURS = ["#dc2626", "#059669", "#7c3aed", "#94a3b8"] as const;
const OWN = "Headgate";
const OWN_COLOUR = "#2563eb";

interface Dot {
  readonly name: string;
  readonly server: string;
  readonly times: number;
}

/** For each case with others, what they take of the processor beside Headgate: to the right of its line they take more. */
export function standingChart(measured: readonly MeasuredCase[]): string {
  const rows = measured
    .map(({ name, reports }) => ({ name, dots: dotsOf(reports) }))
    .filter(({ dots }) => dots.length > 0);
  const servers = [...new Set(rows.flatMap(({ dots }) => dots.map(({ server }) => server)))];
  const colourOf = (server: string): string => COLOURS[servers.indexOf(server) % COLOURS.length]!;
  const height = TOP + rows.length * ROW_HEIGHT + MARGIN;
  const lines = [1 / MOST_TIMES, 1 / 4, 1 / 2, 1, 2, 4, MOST_TIMES].map((times) => {
    const x = positionOf(times);
    const stroke = times === 1 ? `stroke="${OWN_COLOUR}" stroke-width="2"` : 'stroke="#e2e8f0"';
    const label = times < 1 ? `1/${1 / times}` : `${times} x`;
    return `  <line x1="${x}" x2="${x}" y1="${TOP - 14}" y2="${height - MARGIN}" ${stroke}/>
  <text x="${x}" y="${height - 10}" text-anchor="middle" fill="#64748b">${label}</text>`;
  });
  const legend = [OWN, ...servers].map((server, index) => {
    const x = 16 + index * LEGEND_WIDTH;
    const fill = index === 0 ? OWN_COLOUR : colourOf(server);
    return `  <circle cx="${x}" cy="${LEGEND_Y}" r="5" fill="${fill}"/><text x="${x + 10}" y="${LEGEND_Y + 4}">${server}</text>`;
  });
  const marks = rows.flatMap(({ name, dots }, index) => {
    const y = TOP + index * ROW_HEIGHT;
    return [
      `  <text x="${LABEL_WIDTH}" y="${y + 4}" text-anchor="end">${name}</text>`,
      ...dots.map(
        ({ name: other, server, times }) =>
          `  <circle cx="${positionOf(times)}" cy="${y}" r="5" fill="${colourOf(server)}"><title>${other}: ${times.toFixed(2)}</title></circle>`,
      ),
    ];
  });
  const title = "Processor time of others, times Headgate's: to the right of its line they take more";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="10" y="20" font-size="14" font-weight="bold">${title}</text>
${[...legend, ...lines, ...marks].join("\n")}
</svg>
`;
}

/** Of the cost of Headgate, which comes first in every case. Headgate in other ways is no other server. */
function dotsOf(reports: MeasuredCase["reports"]): readonly Dot[] {
  const own = [...reports].find(([name]) => familyOf(name) === OWN)?.[1];
  if (!own) return [];
  return [...reports]
    .map(([name, report]) => ({ name, server: familyOf(name), times: costOf(report) / costOf(own) }))
    .filter(({ server, times }) => server !== OWN && Number.isFinite(times));
}

/** One colour for a server, whatever its settings and whatever its viewers come over. */
function familyOf(name: string): string {
  return name.split(/, | behind /)[0]!;
}

/** For a gigabyte, or as a percentage where nothing is delivered. */
function costOf({ viewers, cpuSecondsPerGigabyte, cpuPercent }: RunReport): number {
  return (viewers > 0 ? cpuSecondsPerGigabyte : cpuPercent) ?? Number.NaN;
}

function positionOf(times: number): number {
  const share = Math.log(times) / Math.log(MOST_TIMES);
  const half = (WIDTH - LABEL_WIDTH - 2 * MARGIN) / 2;
  return Math.round(LABEL_WIDTH + MARGIN + half * (1 + Math.max(-1, Math.min(1, share))));
}
