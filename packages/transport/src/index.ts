export type { Link, LinkHandler, Listener, TransportName } from "./link.ts";
