/** What this page reads of the answers of the API; the server describes them in full at api/v1/docs. */

export interface Stream {
  readonly id: string;
  readonly clients: number;
  readonly frames: number;
  readonly send_bytes: number;
  readonly recv_bytes: number;
  readonly kbps: {
    readonly recv_30s: number;
    readonly send_30s: number;
    readonly video_10s: number;
    readonly audio_10s: number;
  };
  readonly publish: { readonly active: boolean; readonly cid: string | null };
  readonly video: {
    readonly codec: string;
    readonly profile: string | null;
    readonly level: string | null;
    readonly width: number | null;
    readonly height: number | null;
    readonly fps: number;
  } | null;
  readonly audio: {
    readonly codec: string;
    readonly sample_rate: number | null;
    readonly channel: number | null;
    readonly profile: string | null;
  } | null;
  readonly source: string | null;
  readonly transport: string | null;
  readonly ip: string | null;
  readonly identity: string | null;
  readonly uptime: number | null;
  readonly keyframe_interval_ms: number | null;
  readonly av_drift_ms: number | null;
  readonly rtt_ms: number | null;
  readonly lags: number;
  readonly viewers: Readonly<Record<string, number>>;
}

export interface Client {
  readonly id: string;
  readonly stream: string | null;
  readonly ip: string;
  readonly port: number;
  readonly type: string;
  readonly publish: boolean;
  readonly alive: number;
  readonly send_bytes: number;
  readonly recv_bytes: number;
  readonly kbps: { readonly recv_30s: number; readonly send_30s: number };
  readonly transport: string;
  readonly flashver: string;
  readonly identity: string | null;
  readonly rtt_ms: number | null;
  readonly lag_ms: number | null;
  readonly can_reconnect: boolean;
}

export interface Tunnel {
  readonly ip: string;
  readonly port: number;
  readonly transport: string;
  readonly polls: number;
  readonly polls_per_second: number;
  readonly idle_ms: number | null;
  readonly queued_bytes: number;
  readonly recv_bytes: number;
  readonly send_bytes: number;
}

export interface Relay {
  readonly kind: string;
  readonly stream: string;
  readonly target: string;
  readonly state: string;
  readonly bytes: number;
  readonly retries: number;
  readonly lastError?: { readonly code: string; readonly at: string };
}

export interface Recording {
  readonly file: string;
  readonly stream: string;
  readonly format: string;
  readonly state: string;
  readonly started: string;
  readonly ended: string | null;
  readonly durationMs: number | null;
  readonly bytes: number | null;
  readonly upload: string | null;
}

export interface Ban {
  readonly id: string;
  readonly address: string | null;
  readonly identity: string | null;
  readonly stream: string | null;
  readonly reason: string;
  readonly created: string;
  readonly until: string | null;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly protocols: readonly string[];
  readonly tls: boolean;
}

export interface Certificate {
  readonly port: number;
  readonly expires: string;
  readonly days_left: number;
}

export interface Summary {
  readonly self: {
    readonly version: string;
    readonly pid: number;
    readonly mem_kbyte: number;
    readonly srs_uptime: number;
  };
  readonly system: {
    readonly cpus_online: number;
    readonly mem_ram_kbyte: number;
    readonly mem_ram_percent: number;
    readonly load_1m: number;
  };
}

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly process: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Change {
  readonly key: string;
  readonly in_force: string;
}
