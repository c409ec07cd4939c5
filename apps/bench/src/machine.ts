import { cpus, release, type } from "node:os";

/** Where and when something was measured, for the heading of its results. */
export function machineAndDate(): string {
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? "?"}, ${type()} ${release()}, Node ${process.versions.node}`;
  return `${machine}; ${new Date().toISOString().slice(0, 10)}`;
}
