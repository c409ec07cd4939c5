export { Allowance } from "./allowance.ts";
export type { Flushable } from "./audience.ts";
export {
  APPLICATION,
  DEFAULT_GATEWAY_OPTIONS,
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  DRAIN,
  type GatewayLimits,
  type GatewayOptions,
  type GatewayTimeouts,
  LATENCY_FIRST,
  LIMITS,
  MERGE,
  TIMEOUTS,
  TRACE,
  type TraceOptions,
  WIRE,
  type WireOptions,
  type WrittenLimits,
} from "./config.ts";
export type { ConnectionPermit } from "./connection-permit.ts";
export { createGateway } from "./create-gateway.ts";
export type { DrainOptions } from "./drain.ts";
export { type EndReason, endReason } from "./end-reasons.ts";
export type { Gateway } from "./gateway.ts";
export type { GrantedLimits, Grants } from "./granted.ts";
export { combineGrants } from "./grants.ts";
export type { LivePublisher, PublishingRequest } from "./live-publisher.ts";
export type { LiveOutput, LiveRequest, LiveViewer } from "./live-viewer.ts";
export type { MergeOptions } from "./merge-window.ts";
export type { Found, FoundPast, PlaySource, Recorded, RecordedRequest, RecordingOf } from "./play-source.ts";
export type { PlayerRequest, RequestedPlay, RequestTransport } from "./player-request.ts";
export {
  ALLOW,
  type Allowed,
  type ConnectAttempt,
  type ConnectVerdict,
  type Denial,
  deny,
  type PlayAttempt,
  type Policy,
  type PublishAttempt,
  type RequestingPeer,
  type Verdict,
} from "./policy.ts";
export type { OpenProxy, ProxiedClient, ProxiedSession, ProxyRequest } from "./proxied-session.ts";
export type { Publication } from "./publication.ts";
export type { RecordedFile, RecordingEvent, RecordingObserver } from "./recording-observers.ts";
export { isRefusal, REFUSALS, type RefusalCode } from "./refusals.ts";
export type { Reservations } from "./reservations.ts";
export type { ConnectFacts, RecordingNews, Session, SessionObserver, StreamUse } from "./session.ts";
export { numberOfSession, sessionOfUuid, uuidOfSession } from "./session-id.ts";
export { metadataOf } from "./stream-metadata.ts";
export type { StreamObserver, StreamSource } from "./stream-observer.ts";
export type { Subscription } from "./subscription.ts";
export { readGrantedLimits } from "./written-limits.ts";
