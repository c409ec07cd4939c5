import { readFileSync } from "node:fs";
import type { Feature } from "@headgate/feature";
import { FLV_TAG_TYPE, type FlvTag } from "@headgate/flv";
import type { Gateway, Publication } from "@headgate/gateway";
import { Guard } from "@headgate/transport";
import { DemoLoop, readClip } from "./demo-loop.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./known-names.ts";

/** Made by make-demo.sh beside it; it repeats seamlessly. */
export const DEMO_CLIP: URL = new URL("../assets/demo.flv", import.meta.url);
export const DEMO_PERIOD_MS = 12_800;

/** Publishes the demo clip while the server runs. */
export function demoFeature(gateway: Gateway): Feature {
  let end: (() => void) | undefined;
  return {
    name: "demo",
    start: () => {
      end = publishDemo(gateway);
    },
    ending: () => end?.(),
  };
}

/** Publishes the demo clip until the returned function is called or another publisher takes over the stream. */
export function publishDemo(gateway: Gateway): () => void {
  const loop = new DemoLoop(readClip(readFileSync(DEMO_CLIP)), DEMO_PERIOD_MS);
  const publisher = gateway.publish({ application: DEMO_APPLICATION, name: DEMO_STREAM });
  if (typeof publisher === "string") throw new Error(`the demo cannot be published: ${publisher}`);
  let startedMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(timer);
    publisher.end();
  };
  const guard = new Guard(gateway.faults, "task", end);
  const sendWhatIsDue = guard.entry(() => {
    if (!publisher.active) return;
    const nowMs = performance.now() - startedMs;
    // After the machine was suspended, the stream continues where it was, instead of sending everything at once.
    if (nowMs - loop.dueMs > MAX_DELAY_MS) startedMs += nowMs - loop.dueMs;
    while (loop.dueMs <= performance.now() - startedMs) append(publisher, loop.take());
    timer = setTimeout(sendWhatIsDue, loop.dueMs - (performance.now() - startedMs));
  });
  sendWhatIsDue();
  return end;
}

const MAX_DELAY_MS = 1000;

function append(publication: Publication, { type, timestamp, payload }: FlvTag): void {
  const message = { type, timestamp, payload, messageStreamId: 0 };
  if (type === FLV_TAG_TYPE.script) publication.data(message, "onMetaData");
  else publication.media(message);
}
