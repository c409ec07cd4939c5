import type { ComponentChildren, JSX } from "preact";

interface Props {
  readonly title: ComponentChildren;
  /** What stands beside the title: counts, a filter, buttons. */
  readonly tools?: ComponentChildren;
  /** Why what is shown is not the newest. */
  readonly problem?: string | undefined;
  /** Whether the page scrolls; a table scrolls by itself. */
  readonly scrolls?: boolean;
  readonly children: ComponentChildren;
}

/** A view: a title, tools, and what it shows. */
export function Page({ title, tools, problem, scrolls, children }: Props): JSX.Element {
  return (
    <section class={`page ${scrolls ? "scrolls" : ""}`}>
      <header class="page-head">
        <h1>{title}</h1>
        <div class="tools">{tools}</div>
      </header>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {children}
    </section>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
}

/** A number that is looked at often. */
export function Tile({ name, value, note }: TileProps): JSX.Element {
  return (
    <div class="tile">
      <div class="name">{name}</div>
      <div class="value">{value}</div>
      {note !== undefined && <div class="note">{note}</div>}
    </div>
  );
}

interface BadgeProps {
  readonly kind: "good" | "warn" | "bad" | "neutral";
  readonly children: ComponentChildren;
}

export function Badge({ kind, children }: BadgeProps): JSX.Element {
  return <span class={`badge ${kind}`}>{children}</span>;
}
