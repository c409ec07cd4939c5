import { Store } from "./store.ts";

/** The views in the order of the menu; each has the digit of its place as a key. */
export const VIEWS = [
  "overview",
  "streams",
  "sessions",
  "tunnels",
  "relays",
  "recordings",
  "bans",
  "configuration",
  "log",
] as const;

export type ViewName = (typeof VIEWS)[number];

/** Which view is shown, and what of it: `#/streams/live/cam`. */
export interface Route {
  readonly view: ViewName;
  /** The path of a stream; empty for the view itself. */
  readonly of: string;
}

export function parseRoute(hash: string): Route {
  const [name = "", ...rest] = hash.replace(/^#\/?/, "").split("/");
  const view = VIEWS.find((each) => each === name) ?? "overview";
  return { view, of: rest.map(decoded).join("/") };
}

export function hashOf(view: ViewName, of: string = ""): string {
  const path = of === "" ? [] : of.split("/").map(encodeURIComponent);
  return `#/${[view, ...path].join("/")}`;
}

export const route: Store<Route> = new Store<Route>({ view: "overview", of: "" });

export function go(view: ViewName, of: string = ""): void {
  location.hash = hashOf(view, of);
}

/** Follows the address of the page from now on. */
export function followAddress(): void {
  const read = (): void => route.set(parseRoute(location.hash));
  addEventListener("hashchange", read);
  read();
}

/** An address that somebody has typed can have any `%`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
