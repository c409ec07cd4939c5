import { once } from "node:events";
import type { ConfigFiles } from "../config-state.ts";
import { type FromWorker, readToWorker } from "./messages.ts";

/** The files of the configuration in force. A worker that is started later must not read what has not been put in force. */
export async function configOfPrimary(): Promise<ConfigFiles> {
  const begun: FromWorker = { kind: "begun" };
  process.send?.(begun);
  for (;;) {
    const [message] = await once(process, "message");
    const told = readToWorker(message);
    if (told?.kind === "configuration") return told.files;
  }
}
