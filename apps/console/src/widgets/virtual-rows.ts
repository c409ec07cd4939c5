/** Rows that are drawn beyond those that can be seen, so that a quick scroll shows no gap. */
const MARGIN = 8;

/** The rows that are drawn, and the room of those above and below them. */
export interface DrawnRows {
  readonly from: number;
  readonly to: number;
  readonly above: number;
  readonly below: number;
}

/** However long the list is, only what can be seen of it is drawn. Lengths in pixels. */
export function drawnRows(total: number, rowHeight: number, top: number, height: number): DrawnRows {
  const first = Math.floor(top / rowHeight) - MARGIN;
  const from = Math.max(0, Math.min(first, total));
  const to = Math.min(total, Math.ceil((top + height) / rowHeight) + MARGIN);
  return {
    from,
    to: Math.max(from, to),
    above: from * rowHeight,
    below: Math.max(0, total - Math.max(from, to)) * rowHeight,
  };
}

/** Where to scroll so that a row can be seen; undefined if it can. */
export function topToShow(
  row: number,
  rowHeight: number,
  top: number,
  height: number,
  headHeight: number,
): number | undefined {
  const rowTop = row * rowHeight;
  if (rowTop < top) return rowTop;
  const bottom = rowTop + rowHeight + headHeight;
  return bottom > top + height ? bottom - height : undefined;
}
