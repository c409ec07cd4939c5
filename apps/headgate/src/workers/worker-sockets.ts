import { lstatSync, mkdtempSync, readdirSync, rmdirSync, rmSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning } from "../is-running.ts";

const FOLDER_NAME = /^headgate-(\d+)-[A-Za-z0-9]{6}$/;
const SOCKET_NAME = /^worker-\d+\.sock$/;

/** The age below which an empty folder is kept: a server that has just made it has no sockets in it yet. Milliseconds. */
const STARTING_MS = 60_000;

/** The time for a connection. A worker that is too busy to answer counts as running. Milliseconds. */
const ANSWER_MS = 1_000;

/** The local sockets of a server's workers, in a folder that only this user can enter. */
export class WorkerSockets {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a folder for a new server, and removes folders that killed servers left behind. */
  static async create(parent: string = tmpdir()): Promise<WorkerSockets> {
    for (const name of namesIn(parent)) {
      const pid = Number(FOLDER_NAME.exec(name)?.[1]);
      if (!Number.isNaN(pid)) await removeIfLeft(join(parent, name), pid);
    }
    return new WorkerSockets(mkdtempSync(join(parent, `headgate-${process.pid}-`)));
  }

  pathOf(slot: number): string {
    return join(this.folder, `worker-${slot}.sock`);
  }

  /** Removes the socket of a worker that exited or was killed. */
  removeSocket(slot: number): void {
    rmSync(this.pathOf(slot), { force: true });
  }

  /** Removes the folder if it is empty. */
  removeIfEmpty(): void {
    try {
      rmdirSync(this.folder);
    } catch {
      // Others still use it, or it is already gone.
    }
  }

  remove(): void {
    removeFolder(this.folder);
  }
}

/** Only if it belongs to no running server, which may be in another container with the same folder for temporary files. */
async function removeIfLeft(folder: string, pid: number): Promise<void> {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory() || stats.uid !== process.getuid?.()) return;
  if (pid !== process.pid && isRunning(pid)) return;
  const sockets = namesIn(folder).filter((name) => SOCKET_NAME.test(name));
  if (sockets.length === 0 && Date.now() - stats.mtimeMs < STARTING_MS) return;
  const answers = await Promise.all(sockets.map((name) => isAnswered(join(folder, name))));
  if (!answers.includes(true)) removeFolder(folder);
}

/** Whether a process listens on the socket. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (isThere: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isThere);
    };
    const timer = setTimeout(() => settle(true), ANSWER_MS);
    socket.once("connect", () => settle(true));
    socket.on("error", ({ code }: NodeJS.ErrnoException) =>
      settle(code !== "ECONNREFUSED" && code !== "ENOENT"),
    );
  });
}

/** Only names that workers make. */
function removeFolder(folder: string): void {
  try {
    for (const name of namesIn(folder)) if (SOCKET_NAME.test(name)) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // Another server has removed it meanwhile.
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
