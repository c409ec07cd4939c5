import { readGrantedLimits } from "@headgate/gateway";
import { RtmpUrl } from "@headgate/session";
import { type Answer, type Grant, unreadable } from "../answer.ts";
import type { HookCall } from "../hook-call.ts";

/** The longest identity that is worth a place in logs and answers. */
const MAX_IDENTITY_LENGTH = 128;

/** Each is a connection to another server. */
const MAX_PUSHES = 8;

/** Reads what is granted. What cannot be meant denies, because it may be a limit that would not hold. */
export function readGrant(reply: Readonly<Record<string, unknown>>, event: HookCall["event"]): Answer {
  const { name, identity, limits, pushTo } = reply;
  if (!isMissing(name) && !isText(name)) return unreadable("`name` is no text");
  if (!isMissing(identity) && !isIdentity(identity))
    return unreadable(`\`identity\` is no printable text of ${MAX_IDENTITY_LENGTH} characters at most`);
  const granted = isMissing(limits) ? undefined : readGrantedLimits(limits);
  if (!isMissing(limits) && !granted)
    return unreadable("`limits` has other keys than maxBitrate, maxDuration and maxViewers, or no numbers");
  if (!isMissing(pushTo) && !isPushTo(pushTo))
    return unreadable(`\`pushTo\` is no list of ${MAX_PUSHES} URLs of RTMP servers at most`);
  const grant: Grant = {
    ...(isText(name) && (event === "connect" ? { application: name } : { name })),
    ...(isIdentity(identity) && { identity }),
    ...(granted && { limits: granted }),
    ...(isPushTo(pushTo) && event === "publish" && { pushTo }),
  };
  return { kind: "allow", grant };
}

function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isIdentity(value: unknown): value is string {
  return isText(value) && value.length <= MAX_IDENTITY_LENGTH && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value);
}

function isPushTo(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_PUSHES &&
    value.every((url) => typeof url === "string" && RtmpUrl.parse(url) !== undefined)
  );
}
