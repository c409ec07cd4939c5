import { lstatSync, mkdtempSync, readdirSync, rmdirSync, rmSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning } from "../is-running.ts";

const FOLDER_NAME = /^headgate-(\d+)-[A-Za-z0-9]{6}$/;
const SOCKET_NAME = /^worker-\d+\.sock$/;

/** A server that has just made its folder has no sockets in it yet. */
const STARTING_MS = 60_000;

/** A worker that is too busy to answer by then is there all the same. */
const ANSWER_MS = 1_000;

/** Where the workers of one server listen for each other: a folder of its own that nobody else can enter. */
export class WorkerSockets {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a folder for a new server, and removes those that killed servers have left. */
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

  /** Removes the socket of a worker that has ended, or was killed. */
  removeSocket(slot: number): void {
    rmSync(this.pathOf(slot), { force: true });
  }

  /** Removes the folder if nothing is in it any more. */
  removeIfEmpty(): void {
    try {
      rmdirSync(this.folder);
    } catch {
      // Others still use it, or it is gone.
    }
  }

  remove(): void {
    removeFolder(this.folder);
  }
}

/** Only if it belongs to no server that runs, be it in another container with the same folder for temporary files. */
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

/** Nothing but what workers make. */
function removeFolder(folder: string): void {
  try {
    for (const name of namesIn(folder)) if (SOCKET_NAME.test(name)) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // Another server removes it at the same time.
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
