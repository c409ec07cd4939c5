import type { Setting } from "../part.ts";
import { isRelayUrl } from "../relay-url.ts";
import type { Output } from "../rules.ts";
import { find, text } from "../settings.ts";

/** Imports the tasks for which version 2 starts ffmpeg. */
export function importTasks(tasks: Setting, { draft, report }: Output): void {
  for (const task of tasks.parts) {
    const [app, mode, edge, name] = ["app", "mode", "edge", "name"].map((key) => text(find(task.parts, key)));
    const url = edge === undefined || app === undefined ? "" : withApplication(edge, app);
    const key = mode === "push" ? "push" : "pull";
    if (app === undefined || app === "*" || !isRelayUrl(url)) {
      report.left(task, "Headgate relays applications from and to URLs of RTMP only");
      continue;
    }
    const base = ["applications", app];
    const parts = ["app", "mode", "edge", "name"]
      .map((part) => find(task.parts, part))
      .filter((part) => part !== undefined);
    if (mode === "static") {
      report.partly(
        find(task.parts, "mode")!,
        "the stream is fetched when the first viewer comes, and while there are any",
      );
      if (name === undefined) draft.append(parts, [...base, "pull"], edge);
      else draft.append(parts, [...base, "routes"], { streams: name, pull: edge });
    } else {
      draft.append(parts, [...base, key], url);
    }
    for (const setting of task.parts)
      if (!parts.includes(setting)) report.left(setting, "it is for ffmpeg, which Headgate does not run");
  }
}

/** Without an application in the URL, it is the same as here. */
function withApplication(edge: string, app: string): string {
  return /^rtmp:\/\/[^/]+\/[^/]/.test(edge) ? edge : `${edge.replace(/\/+$/, "")}/${app}`;
}
