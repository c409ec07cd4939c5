import type { Dialect } from "./dialect.ts";
import { HEADGATE } from "./dialects/headgate.ts";
import { MEDIAMTX } from "./dialects/mediamtx.ts";
import { NGINX_RTMP } from "./dialects/nginx-rtmp.ts";
import { SRS } from "./dialects/srs.ts";

export type DialectName = "headgate" | "srs" | "nginx-rtmp" | "mediamtx";

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  headgate: HEADGATE,
  srs: SRS,
  "nginx-rtmp": NGINX_RTMP,
  mediamtx: MEDIAMTX,
};
