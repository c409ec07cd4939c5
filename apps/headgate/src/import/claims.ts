import type { Part } from "./part.ts";

/** The steps to a key of our configuration; a number is a place in a list. */
export type Path = readonly (string | number)[];

/** A value for one key, and the parts of the other configuration that it comes from; none if nobody has written it. */
export interface Claim {
  readonly path: Path;
  readonly value: unknown;
  readonly parts: readonly Part[];
  /** What to do if it is taken out again, because it kept somebody out. */
  readonly otherwise: (() => void) | undefined;
}

/** A claim, and where it is once lists have no gaps. */
export interface Placed {
  readonly claim: Claim;
  readonly path: Path;
}

export function idOf(path: Path): string {
  return JSON.stringify(path.map(String));
}

/** Closes the gaps that claims leave in lists when they are withdrawn. */
export function placed(claims: readonly Claim[]): readonly Placed[] {
  const lists = new Map<string, Map<number, number>>();
  return claims.map((claim) => ({
    claim,
    path: claim.path.map((step, at) => {
      if (typeof step === "string") return step;
      const id = idOf(claim.path.slice(0, at));
      const places = lists.get(id) ?? new Map<number, number>();
      lists.set(id, places);
      const place = places.get(step) ?? places.size;
      places.set(step, place);
      return place;
    }),
  }));
}

type Container = Map<string | number, unknown> | unknown[];

/** Maps, because an object changes the order of keys that are numbers, and has names of its own. */
export function documentOf(claims: readonly Placed[]): Container {
  const root: Container = new Map();
  for (const { claim, path } of claims) {
    let container: Container = root;
    for (const [at, step] of path.slice(0, -1).entries()) {
      const inner: Container =
        childOf(container, step) ?? (typeof path[at + 1] === "number" ? [] : new Map());
      put(container, step, inner);
      container = inner;
    }
    const last = path.at(-1)!;
    // The claim of what holds others says only that it is there.
    if (childOf(container, last) === undefined)
      put(container, last, isEmpty(claim.value) ? new Map() : claim.value);
  }
  return root;
}

function childOf(container: Container, step: string | number): Container | undefined {
  const child = Array.isArray(container) ? container[Number(step)] : container.get(step);
  return Array.isArray(child) || child instanceof Map ? child : undefined;
}

function put(container: Container, step: string | number, value: unknown): void {
  if (Array.isArray(container)) container[Number(step)] = value;
  else container.set(step, value);
}

function isEmpty(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}

/** Claims by every path that leads to them. */
export function indexOf(claims: readonly Placed[]): ReadonlyMap<string, readonly Claim[]> {
  const index = new Map<string, Claim[]>();
  for (const { claim, path } of claims) {
    for (let length = 1; length <= path.length; length += 1) {
      const id = idOf(path.slice(0, length));
      const found = index.get(id);
      if (found) found.push(claim);
      else index.set(id, [claim]);
    }
  }
  return index;
}

/** The claims that a mistake at `path` is about: those within it, or else the nearest that it is within. */
export function claimsAt(path: Path, index: ReadonlyMap<string, readonly Claim[]>): readonly Claim[] {
  const within = index.get(idOf(path));
  if (within) return within;
  for (let length = path.length - 1; length > 0; length -= 1) {
    const id = idOf(path.slice(0, length));
    const around = index.get(id)?.filter((claim) => claim.path.length === length) ?? [];
    if (around.length > 0) return around;
  }
  return [];
}
