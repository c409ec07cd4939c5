import type { Faults } from "@headgate/transport";
import type { BanTable } from "./ban-table.ts";
import { mediaMtxRoutes } from "./compatibility/mediamtx-routes.ts";
import { nginxRtmpRoutes } from "./compatibility/nginx-rtmp-routes.ts";
import type { ApiOptions } from "./config.ts";
import type { ApiServer } from "./described.ts";
import { OpenApi } from "./openapi.ts";
import { banRoutes } from "./routes/ban-routes.ts";
import { clientRoutes } from "./routes/client-routes.ts";
import { controlRoutes } from "./routes/control-routes.ts";
import { documentationRoutes } from "./routes/documentation-routes.ts";
import { logRoutes } from "./routes/log-routes.ts";
import { qualityRoutes } from "./routes/quality-routes.ts";
import { type ServerFacts, serverRoutes } from "./routes/server-routes.ts";
import { streamRoutes } from "./routes/stream-routes.ts";
import type { ServerControl } from "./server-control.ts";
import type { ServerView } from "./server-view.ts";

export interface ApiRoutesOptions extends ServerFacts, Pick<ApiOptions, "compatibility"> {
  readonly view: ServerView;
  /** Undefined where operators cannot ask for it. */
  readonly control: ServerControl | undefined;
  readonly bans: BanTable;
  /** The names of the configured applications. */
  readonly applications: () => readonly string[];
  readonly faults: Faults;
}

/** Registers what can be asked. What is registered after it is in its description, too. */
export function everyRoute(app: ApiServer, options: ApiRoutesOptions): void {
  const { view, control, bans, id, version, compatibility } = options;
  const openApi = new OpenApi(version);
  app.addHook("onRoute", (route) => openApi.add(route));
  streamRoutes(app, view, id);
  clientRoutes(app, view, id);
  qualityRoutes(app, options);
  banRoutes(app, bans, id);
  serverRoutes(app, view, options);
  logRoutes(app, view, id);
  if (control) controlRoutes(app, control, id);
  documentationRoutes(app, openApi);
  if (compatibility.includes("nginx-rtmp")) nginxRtmpRoutes(app, view, options);
  if (compatibility.includes("mediamtx")) mediaMtxRoutes(app, view);
}
