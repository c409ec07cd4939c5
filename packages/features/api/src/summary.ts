import { availableParallelism, cpus, freemem, loadavg, totalmem, uptime } from "node:os";
import type { SummaryReply } from "./server-replies.ts";
import type { Totals } from "./server-view.ts";

/** SRS's summary: how the server and its machine fare. What needs files of the system is left out. */
export class Summary {
  readonly #version: string;
  #atMs: number = performance.timeOrigin;
  #cpuMs = 0;

  constructor(version: string) {
    this.#version = version;
  }

  of({ clients, receivedBytes, sentBytes, memoryBytes, cpuMs }: Totals): SummaryReply {
    const [load1m = 0, load5m = 0, load15m = 0] = loadavg();
    const nowMs = Date.now();
    return {
      ok: true,
      now_ms: nowMs,
      self: {
        version: this.#version,
        pid: process.pid,
        ppid: process.ppid,
        argv: process.title,
        cwd: process.cwd(),
        mem_kbyte: Math.round(memoryBytes / 1024),
        mem_percent: memoryBytes / totalmem(),
        cpu_percent: this.#busySince(nowMs, cpuMs),
        srs_uptime: Math.floor(process.uptime()),
      },
      system: {
        cpus: cpus().length,
        cpus_online: availableParallelism(),
        uptime: uptime(),
        mem_ram_kbyte: Math.round(totalmem() / 1024),
        mem_ram_percent: 1 - freemem() / totalmem(),
        load_1m: load1m,
        load_5m: load5m,
        load_15m: load15m,
        conn_srs: clients,
        srs_sample_time: nowMs,
        srs_recv_bytes: receivedBytes,
        srs_send_bytes: sentBytes,
      },
    };
  }

  /** A worker that was started anew has used less than the one before it. */
  #busySince(nowMs: number, cpuMs: number): number {
    const spanMs = nowMs - this.#atMs;
    const busy = spanMs > 0 ? Math.max(0, (cpuMs - this.#cpuMs) / spanMs) : 0;
    this.#atMs = nowMs;
    this.#cpuMs = cpuMs;
    return busy;
  }
}
