import type { Parameters } from "../parameters.ts";
import type { SigningSecrets } from "../signing-secrets.ts";
import { isSameText } from "../texts.ts";
import { AKAMAI } from "./akamai.ts";
import { ALIYUN } from "./aliyun.ts";
import { NGINX } from "./nginx.ts";
import { NMS } from "./nms.ts";
import type { Preset, PresetOptions, SignedResource } from "./preset.ts";
import { TENCENT } from "./tencent.ts";
import { WOWZA } from "./wowza.ts";

export type PresetName = "nginx" | "tencent" | "aliyun" | "akamai" | "wowza" | "nms";

const PRESETS: Readonly<Record<PresetName, Preset>> = {
  nginx: NGINX,
  tencent: TENCENT,
  aliyun: ALIYUN,
  akamai: AKAMAI,
  wowza: WOWZA,
  nms: NMS,
};

export const PRESET_NAMES: readonly PresetName[] = Object.keys(PRESETS) as PresetName[];

export interface SignedUrlOptions extends PresetOptions {
  readonly preset: PresetName | "off";
  /** The first one signs. Others are accepted too, while URLs that are signed with them are about. */
  readonly secret: SigningSecrets;
}

export type SignatureOutcome = "absent" | "valid" | "invalid" | "expired" | "early";

/** Judges the signature in the parameters of a URL. That it has expired is told of right ones only. */
export function verifySignature(
  options: SignedUrlOptions,
  parameters: Parameters,
  resource: SignedResource,
  nowMs: number,
): SignatureOutcome {
  if (options.preset === "off") return "absent";
  const reading = PRESETS[options.preset].read(parameters, resource, options);
  if (!reading) return "absent";
  const { signature, expires, begins = 0 } = reading;
  const right = options.secret.texts.flatMap((secret) => reading.expected(secret));
  const isRight = right.some((one) => isSameText(one, signature)) && reading.covers?.() !== false;
  if (!isRight || Number.isNaN(expires)) return "invalid";
  if (expires * 1000 <= nowMs) return "expired";
  return begins * 1000 > nowMs ? "early" : "valid";
}

/** Whether each URL is for the client with one address. */
export function isForOneAddress(options: SignedUrlOptions & { readonly preset: PresetName }): boolean {
  return PRESETS[options.preset].needsAddress?.(options) ?? false;
}

/** The query of a URL that is valid until then. */
export function signatureFor(
  options: SignedUrlOptions & { readonly preset: PresetName },
  resource: SignedResource,
  expiresMs: number,
): string {
  return PRESETS[options.preset].sign(
    resource,
    options,
    options.secret.texts[0]!,
    Math.floor(expiresMs / 1000),
  );
}
