/** How the values of several processes make one. */
export const COMBINED = {
  cpu_percent: "sum",
  loop_delay_ms: "max",
  merge_window_ms: "max",
  memory_mbyte: "sum",
  streams: "sum",
  viewers: "sum",
  clients: "sum",
  recv_kbps: "sum",
  send_kbps: "sum",
} as const;

export type ServerField = keyof typeof COMBINED;

export const SERVER_FIELDS: readonly ServerField[] = Object.keys(COMBINED) as ServerField[];
