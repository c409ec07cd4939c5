import { LoadError } from "./load-error.ts";
import { LoadViewers } from "./load-viewers.ts";
import { openCarrier } from "./open-carrier.ts";
import { parseStreamUrl } from "./stream-url.ts";
import { ANY_CERTIFICATE } from "./trust.ts";
import type { FromViewers, LoadViewersReport, ToViewers } from "./viewers-messages.ts";

// The viewers, in a process of their own, so that their cost is measured apart from the publisher's.

let viewers: LoadViewers | undefined;
let bytes = 0;

const handler = {
  onOpened: () => tell({ kind: "opened" }),
  onBytes: (length: number) => {
    bytes += length;
  },
  onFailed: ({ failure, message }: LoadError) => tell({ kind: "failed", failure, message }),
};

process.on("message", (message: ToViewers) => {
  if (message.kind === "open") viewers = new LoadViewers(parseStreamUrl(message.url), message, handler);
  else if (message.kind === "drain") drain(message);
  else if (message.kind === "begin") begin();
  else tell({ kind: "report", bytes, ...(viewers?.report() ?? NO_VIEWERS) });
});
process.on("disconnect", () => process.exit());

function begin(): void {
  bytes = 0;
  viewers?.begin();
}

function drain({ port, isSecure, connections }: Extract<ToViewers, { kind: "drain" }>): void {
  const target = { host: "127.0.0.1", port, isSecure, isTunnel: false };
  let opened = 0;
  const onOpen = (): void => {
    opened += 1;
    if (opened === connections) handler.onOpened();
  };
  const onBytes = ({ length }: Uint8Array): void => handler.onBytes(length);
  const onClosed = (reason: string): void => handler.onFailed(new LoadError("interrupted", reason));
  for (let i = 0; i < connections; i += 1)
    openCarrier(target, ANY_CERTIFICATE, { onOpen, onBytes, onClosed });
}

const NO_VIEWERS: LoadViewersReport = {
  whole: 0,
  problems: [],
  missed: 0,
  longestGapMs: Number.NaN,
  longestPauseMs: Number.NaN,
  returns: 0,
  firstFrameMs: { p50: Number.NaN, p99: Number.NaN },
  latencyMs: { p50: Number.NaN, p95: Number.NaN, p99: Number.NaN, max: Number.NaN },
};

function tell(message: FromViewers): void {
  process.send?.(message);
}
