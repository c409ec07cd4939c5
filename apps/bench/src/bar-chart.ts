export interface Bar {
  readonly label: string;
  readonly value: number;
}

const WIDTH = 640;
const LABEL_WIDTH = 240;
const VALUE_WIDTH = 60;
const ROW_HEIGHT = 30;
const TOP = 40;

/** Horizontal bars as SVG, the first in another colour. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const rows = bars.map(({ label, value }, index) => {
    const y = TOP + index * ROW_HEIGHT;
    const length = Math.max(1, (value / most) * room);
    const colour = index === 0 ? "#2563eb" : "#94a3b8";
    return `  <text x="${LABEL_WIDTH - 10}" y="${y + 16}" text-anchor="end">${escaped(label)}</text>
  <rect x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="22" rx="3" fill="${colour}"/>
  <text x="${(LABEL_WIDTH + length + 6).toFixed(1)}" y="${y + 16}">${value.toFixed(2)}</text>`;
  });
  const height = TOP + bars.length * ROW_HEIGHT + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="14">
  <title>${escaped(title)}</title>
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="10" y="24" font-weight="bold">${escaped(title)}</text>
${rows.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
