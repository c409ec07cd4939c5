/** The parsed path of a tunnel's request. */
export type TunnelTarget =
  | { readonly kind: "ident" }
  | { readonly kind: "open" }
  | {
      readonly kind: "send" | "idle" | "close";
      readonly sessionId: string;
      readonly sequence: number | undefined;
    };

/**
 * Reads `/fcs/ident2`, `/open/1`, `/send/ID/NUMBER` and the like. A client that thinks it talks to a proxy sends the whole URL;
 * HaishinKit sends `idel`, and leaves the number out of `close`. Undefined if it is not a tunnel's.
 */
export function readTunnelTarget(target: string): TunnelTarget | undefined {
  const [, usual, id = "", sequence] = USUAL.exec(target) ?? [];
  if (usual === "send" || usual === "idle") return { kind: usual, sessionId: id, sequence: Number(sequence) };
  const [, command = "", sessionId = "", number] = target
    .replace(/^https?:\/\/[^/]*/i, "")
    .replace(/\?.*$/, "")
    .split("/");
  if (command === "fcs") return /^ident2?$/.test(sessionId) ? { kind: "ident" } : undefined;
  if (command === "open") return { kind: "open" };
  const kind = KINDS.get(command);
  if (kind === undefined || !/^[A-Za-z0-9]+$/.test(sessionId)) return undefined;
  if (!number) return kind === "close" ? { kind, sessionId, sequence: undefined } : undefined;
  return /^\d{1,10}$/.test(number) ? { kind, sessionId, sequence: Number(number) } : undefined;
}

/** All but the first and the last of a session, which are read without making more texts than they have parts. */
const USUAL = /^\/(send|idle)\/([A-Za-z0-9]+)\/(\d{1,10})$/;

const KINDS: ReadonlyMap<string, "send" | "idle" | "close"> = new Map([
  ["send", "send"],
  ["idle", "idle"],
  ["idel", "idle"],
  ["close", "close"],
]);
