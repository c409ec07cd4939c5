import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

/**
 * The process that listens on a TCP port of this machine. Undefined on systems other than Linux, and for a process of another
 * user unless this one is root.
 */
export function findPortOwner(port: number): PortOwner | undefined {
  const sockets = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningSockets(table, port)),
  );
  if (sockets.size === 0) return undefined;
  const pid = entriesOf("/proc").find((name) => /^\d+$/.test(name) && holdsOne(name, sockets));
  if (pid === undefined) return undefined;
  return { pid: Number(pid), command: (textOf(`/proc/${pid}/comm`) ?? "a process").trim() };
}

/** proc(5): `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode`, numbers in hex but the last three. */
function listeningSockets(table: string, port: number): string[] {
  const rows = (textOf(table) ?? "").split("\n").map((row) => row.trim().split(/\s+/));
  return rows
    .filter(
      ([, local = "", , state]) =>
        state === LISTEN && Number.parseInt(local.split(":")[1] ?? "", 16) === port,
    )
    .map((row) => `socket:[${row[9]}]`);
}

const LISTEN = "0A";

function holdsOne(pid: string, sockets: ReadonlySet<string>): boolean {
  return entriesOf(`/proc/${pid}/fd`).some((fd) => {
    try {
      return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      // It was closed since it was listed.
      return false;
    }
  });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
