// What users know by name. It imports nothing, because each command needs it.

/** The first of these in the working directory is read unless another file is named. */
export const DEFAULT_CONFIG_NAMES: readonly string[] = ["headgate.yaml", "headgate.yml"];

/** In the working directory, beside the configuration. */
export const CERTIFICATES_FOLDER = "certs";

export const DEMO_APPLICATION = "live";
export const DEMO_STREAM = "demo";

/** The variable that has the token for the admin server. A command line can be seen by every user of the machine. */
export const TOKEN_VARIABLE = "HEADGATE_TOKEN";

/** The servers whose configurations can be imported. */
export const IMPORTED_SERVERS = ["nginx-rtmp", "srs", "mediamtx", "nms"] as const;
export type ImportedServer = (typeof IMPORTED_SERVERS)[number];
