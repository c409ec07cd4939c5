import type { Setting } from "../part.ts";
import type { Output } from "../rules.ts";
import { find, flag, isEmpty } from "../settings.ts";

export const WHO_MAY = "what it says has to be written anew: publish and play of an application";

/** A feature that Headgate does not have, with all of its keys. */
interface OtherFeature {
  readonly keys: RegExp;
  readonly why: string;
  /** The key that switches it on or off, and what it is without that. */
  readonly isOn?: readonly [key: string, byDefault: boolean];
}

const OTHER_FEATURES: readonly OtherFeature[] = [
  { keys: /^(rtsp|rtp|rtcp|multicast|srtp|srtcp)/, why: "Headgate has no RTSP", isOn: ["rtsp", true] },
  { keys: /^hls/, why: "Headgate makes no HLS yet", isOn: ["hls", true] },
  { keys: /^(webrtc|whep)/, why: "Headgate has no WebRTC", isOn: ["webrtc", true] },
  { keys: /^srt/, why: "Headgate has no SRT", isOn: ["srt", true] },
  { keys: /^moq/, why: "Headgate has no MoQ", isOn: ["moq", true] },
  { keys: /^api/, why: "the admin server has an API of its own", isOn: ["api", false] },
  { keys: /^metrics/, why: "GET /metrics is on the admin server", isOn: ["metrics", false] },
  { keys: /^pprof/, why: "Headgate is no Go program", isOn: ["pprof", false] },
  { keys: /^playback/, why: "Headgate plays no recordings yet", isOn: ["playback", false] },
  { keys: /^record/, why: "Headgate records nothing yet", isOn: ["record", false] },
  { keys: /^runOn/, why: "Headgate runs no programs" },
  { keys: /^rpiCamera/, why: "Headgate has no cameras" },
  { keys: /^udp/, why: "Headgate has no UDP" },
  { keys: /^dumpPackets/, why: "log.trace shows the protocol of single sessions" },
  { keys: /^alwaysAvailable/, why: "Headgate sends nothing in place of a publisher" },
];

/** Reports a key of a feature that Headgate does not have. */
export function leaveOther(setting: Setting, settings: readonly Setting[], { report }: Output): boolean {
  const feature = OTHER_FEATURES.find(({ keys }) => keys.test(setting.key));
  if (!feature) return false;
  const { why, isOn } = feature;
  const isUsed = isOn === undefined || (flag(find(settings, isOn[0])) ?? isOn[1]);
  if (!isUsed) report.needless(setting, "it is off");
  else if (isEmpty(setting) || flag(setting) === false) report.needless(setting, "it is not in use");
  else report.left(setting, why);
  return true;
}
