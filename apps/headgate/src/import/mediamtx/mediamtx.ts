import { applicationDefault } from "../application-defaults.ts";
import { usableCertificate } from "../certificates.ts";
import { listen, parseAddress, type WantedListener } from "../listeners.ts";
import { ImportError, type Setting } from "../part.ts";
import { applyRules, becomes, each, left, needless, type Output, type Rule, type Rules } from "../rules.ts";
import { find, flag, isEmpty, keyOf, readSettings, text } from "../settings.ts";
import { Access } from "./access.ts";
import { leaveOther } from "./other-features.ts";
import { importPaths } from "./paths.ts";

/** Imports a configuration of MediaMTX. */
export function importMediaMtx(file: string, output: Output): readonly Setting[] {
  const settings = readSettings(file);
  if (flag(find(settings, "rtmp")) === false)
    throw new ImportError(find(settings, "rtmp")!.place, "RTMP is off, and Headgate has nothing else");
  applyRules(
    settings.filter((setting) => !leaveOther(setting, settings, output)),
    RULES,
    keyOf,
    output,
  );
  listen(output, listenersOf(settings, file, output));
  importPaths(settings, new Access(settings, output), output);
  output.draft.isolateApplications(applicationDefault);
  return settings;
}

const ELSEWHERE: Rule<Setting> = () => {};

const RULES: Rules<Setting> = {
  logLevel: becomes(["log", "level"], ({ value }) => value),
  logStructured: (setting, { draft, report }) => {
    if (flag(setting)) draft.set(setting, ["log", "format"], "json");
    else report.needless(setting, "Headgate's log is JSON only where it is no terminal");
  },
  logDestinations: (setting, { report }) => {
    const others = setting.parts.some(({ value }) => value !== "stdout");
    if (others) report.left(setting, "Headgate logs to its standard output");
    else report.needless(setting, "Headgate logs to its standard output");
  },
  ...each("logFile sysLogPrefix", needless("Headgate logs to its standard output")),
  readTimeout: left("a silent peer is asked: timeouts.pingInterval and timeouts.pingTimeout"),
  writeTimeout: becomes(["timeouts", "stall"], ({ value }) => value),
  writeQueueSize: left("Headgate queues nothing per viewer: see retention and retentionSize"),
  ...each(
    "authMethod authInternalUsers authHTTPAddress authHTTPExclude externalAuthenticationURL authJWTJWKS " +
      "authJWTClaimKey authJWTExclude authJWTIssuer authJWTAudience authJWTInHTTPQuery",
    ELSEWHERE,
  ),
  ...each("authHTTPFingerprint authJWTJWKSFingerprint", (setting, { report }) => {
    if (isEmpty(setting)) report.needless(setting, "it is empty");
    else report.left(setting, "only certificates of trusted authorities are accepted");
  }),
  ...each(
    "rtmp rtmpEncryption rtmpAddress rtmpsAddress rtmpServerKey rtmpServerCert rtmpTrustedProxies",
    ELSEWHERE,
  ),
  ...each("pathDefaults paths", ELSEWHERE),
};

const DEFAULT_ADDRESSES = { rtmp: ":1935", rtmps: ":1936" };

/** As MediaMTX's defaults have it where the file says nothing. */
function listenersOf(
  settings: readonly Setting[],
  file: string,
  { report }: Output,
): readonly WantedListener[] {
  const encryption = find(settings, "rtmpEncryption");
  const mode = flag(encryption) === true ? "strict" : (text(encryption) ?? "no");
  const trusted = find(settings, "rtmpTrustedProxies");
  const proxies = trusted && !isEmpty(trusted) ? [trusted] : [];
  const trustedProxies = proxies.flatMap(({ parts }) => parts.map(({ value }) => String(value)));
  const enabled = find(settings, "rtmp");
  const listenerAt = (key: string, protocol: "rtmp" | "rtmps"): WantedListener => {
    const setting = find(settings, key);
    const { host = "::", port } =
      parseAddress(text(setting) ?? DEFAULT_ADDRESSES[protocol]) ?? refuse(setting!);
    const parts = [enabled, encryption, setting, ...proxies].filter((part) => part !== undefined);
    return {
      parts,
      host,
      port,
      protocols: [protocol],
      ...(trustedProxies.length > 0 ? { trustedProxies } : {}),
    };
  };
  const plain = mode === "strict" ? [] : [listenerAt("rtmpAddress", "rtmp")];
  if (mode !== "strict" && mode !== "optional") return plain;
  const [cert, key] = [
    ["rtmpServerCert", "server.crt"],
    ["rtmpServerKey", "server.key"],
  ].map(([name, byDefault]) => {
    const part = find(settings, name!);
    return { part, name: text(part) ?? byDefault! };
  });
  const certificate = usableCertificate(cert!, key!, file, report);
  const secure = listenerAt("rtmpsAddress", "rtmps");
  if (!certificate) return [...plain, secure];
  const files = [cert!.part, key!.part].filter((part) => part !== undefined);
  return [...plain, { ...secure, parts: [...secure.parts, ...files], tls: { certificates: [certificate] } }];
}

function refuse({ name, place }: Setting): never {
  throw new ImportError(place, `${name} is no address`);
}
