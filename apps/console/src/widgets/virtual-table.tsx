import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../state/keys.ts";
import { useNarrow, useWide } from "../state/narrow.ts";
import { drawnRows, topToShow } from "./virtual-rows.ts";

/** Of the stylesheet: `--row`, `--row-narrow` and the head. Pixels. */
const ROW = 36;
const NARROW_ROW = 56;
const HEAD = 34;

/** How a list is shown in columns. */
export interface Column<Row> {
  readonly name: string;
  readonly show: (row: Row) => ComponentChildren;
  /** What it is sorted by; without it, it cannot be. */
  readonly by?: (row: Row) => number | string;
  /** As in CSS; the others share what is left. */
  readonly width?: string;
  readonly isNumber?: boolean;
  /** Whether it is left out on a phone. */
  readonly isExtra?: boolean;
  /** Whether it is there on a large screen only. */
  readonly isWide?: boolean;
}

interface Props<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly idOf: (row: Row) => string;
  /** What there is to say if there are none. */
  readonly empty: string;
  /** The second line of a row where there is little room. */
  readonly note?: (row: Row) => ComponentChildren;
  readonly onOpen?: (row: Row) => void;
  /** By the name of a column. */
  readonly sortedBy?: string;
  readonly isDescending?: boolean;
  /** Whether it goes on to the end while the end is what is looked at. */
  readonly isFollowing?: boolean;
}

/** A list of any length. Arrows and Enter choose a row and open it. */
export function VirtualTable<Row>(props: Props<Row>): JSX.Element {
  const { label, rows, columns, idOf, empty, note, onOpen, isFollowing } = props;
  const isNarrow = useNarrow();
  const hasRoom = useWide();
  const shown = columns.filter(({ isExtra, isWide }) => !(isNarrow && isExtra) && (hasRoom || !isWide));
  const [sort, setSort] = useState({ name: props.sortedBy, isDescending: props.isDescending ?? false });
  const sorted = useMemo(() => sortedRows(rows, columns, sort), [rows, columns, sort]);
  const frame = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ top: 0, height: 600 });
  const [chosen, setChosen] = useState<string>();
  const rowHeight = isNarrow && note ? NARROW_ROW : ROW;
  const drawn = drawnRows(sorted.length, rowHeight, place.top, place.height);

  useEffect(() => {
    const element = frame.current!;
    const measure = (): void => setPlace({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);

  const isAtEnd = useRef(true);
  isAtEnd.current =
    place.top + place.height >= drawn.above + (drawn.to - drawn.from) * rowHeight + drawn.below - 2;
  useLayoutEffect(() => {
    if (isFollowing && isAtEnd.current) frame.current!.scrollTop = frame.current!.scrollHeight;
  }, [sorted, isFollowing]);

  const choose = (index: number): void => {
    const row = sorted[Math.max(0, Math.min(index, sorted.length - 1))];
    if (row === undefined) return;
    setChosen(idOf(row));
    // Enter then opens the row, and does not press what was pressed before.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    const top = topToShow(sorted.indexOf(row), rowHeight, place.top, place.height, HEAD);
    if (top !== undefined) frame.current!.scrollTop = top;
  };
  const chosenIndex = chosen === undefined ? -1 : sorted.findIndex((row) => idOf(row) === chosen);
  useKeys({
    ArrowDown: () => choose(chosenIndex + 1),
    j: () => choose(chosenIndex + 1),
    ArrowUp: () => choose(chosenIndex - 1),
    k: () => choose(chosenIndex - 1),
    Home: () => choose(0),
    End: () => choose(sorted.length - 1),
    Enter: () => {
      const row = sorted[chosenIndex];
      if (row !== undefined) onOpen?.(row);
    },
  });

  const sortBy = (name: string): void =>
    setSort({ name, isDescending: sort.name === name ? !sort.isDescending : false });
  return (
    <div class="table-frame" ref={frame}>
      <table aria-label={label} aria-rowcount={sorted.length} class={isNarrow && note ? "with-notes" : ""}>
        <colgroup>
          {shown.map(({ name, width }) => (
            <col key={name} style={width === undefined ? {} : { width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {shown.map(({ name, by, isNumber }) => (
              <th
                key={name}
                scope="col"
                class={isNumber ? "number" : ""}
                aria-sort={sort.name === name ? (sort.isDescending ? "descending" : "ascending") : "none"}
              >
                {by ? (
                  <button type="button" class="plain" onClick={() => sortBy(name)}>
                    {name}
                  </button>
                ) : (
                  name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {drawn.above > 0 && (
            <tr key="above" style={{ height: `${drawn.above}px` }}>
              <td colSpan={shown.length} class="room" />
            </tr>
          )}
          {sorted.slice(drawn.from, drawn.to).map((row, index) => {
            const id = idOf(row);
            return (
              <tr
                key={id}
                aria-rowindex={drawn.from + index + 1}
                class={`${id === chosen ? "chosen" : ""} ${onOpen ? "opens" : ""}`}
                onClick={() => {
                  setChosen(id);
                  onOpen?.(row);
                }}
              >
                {shown.map(({ name, show, isNumber }, column) => (
                  <td key={name} class={isNumber ? "number" : ""}>
                    {show(row)}
                    {isNarrow && note && column === 0 && <div class="note">{note(row)}</div>}
                  </td>
                ))}
              </tr>
            );
          })}
          {drawn.below > 0 && (
            <tr key="below" style={{ height: `${drawn.below}px` }}>
              <td colSpan={shown.length} class="room" />
            </tr>
          )}
        </tbody>
      </table>
      {sorted.length === 0 && <p class="empty">{empty}</p>}
    </div>
  );
}

function sortedRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { name, isDescending }: { readonly name: string | undefined; readonly isDescending: boolean },
): readonly Row[] {
  const by = columns.find((column) => column.name === name)?.by;
  if (!by) return rows;
  const direction = isDescending ? -1 : 1;
  const keyed = rows.map((row) => [by(row), row] as const);
  keyed.sort(([a], [b]) => (a < b ? -direction : a > b ? direction : 0));
  return keyed.map(([, row]) => row);
}
