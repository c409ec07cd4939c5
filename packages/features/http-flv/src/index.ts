export { APPLICATION_HTTP_FLV, type ApplicationHttpFlv } from "./config.ts";
export { HttpFlv } from "./http-flv.ts";
export { httpFlvFeature } from "./http-flv-feature.ts";
