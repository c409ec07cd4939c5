import { flag, type Section } from "@headgate/config";

/** Of an application. */
export interface ApplicationHttpFlv {
  readonly httpFlv: boolean;
}

export const APPLICATION_HTTP_FLV: Section<ApplicationHttpFlv> = {
  httpFlv: flag("httpFlv", {
    default: true,
    reload: "sessions",
    description:
      "Whether its streams are played and published as FLV over HTTP and WebSockets, at /APPLICATION/STREAM.flv of the ports that take HTTP.",
  }),
};
