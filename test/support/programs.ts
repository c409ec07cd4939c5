import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { send } from "@headgate/direct-io";
import { run } from "./child-processes.ts";

/** A program somebody else wrote, with which these tests prove that Headgate works. */
export interface Program {
  readonly name: string;
  /** undefined: not usable on this machine. */
  readonly version: string | undefined;
  /** What is wanted of it, and what it takes to get it. */
  readonly needed: string;
  readonly install: string;
}

/** The command line of FFmpeg 8.1, which exists only as a library of npm: see its first lines. */
export const FFMPEG8_SCRIPT: string = fileURLToPath(new URL("ffmpeg8.mjs", import.meta.url));

/** Publishes an FLV file with librtmp, in a way that the programs of librtmp cannot: see its first lines. */
export const LIBRTMP_RECORD_SCRIPT: string = fileURLToPath(new URL("librtmp-record.py", import.meta.url));

/** Debian's: another one that comes first in the path has other modules. */
export const PYTHON = "/usr/bin/python3";

const GSTREAMER_ELEMENTS = {
  videotestsrc: "gstreamer1.0-plugins-base",
  audiotestsrc: "gstreamer1.0-plugins-base",
  timeoverlay: "gstreamer1.0-x",
  flvmux: "gstreamer1.0-plugins-good",
  voaacenc: "gstreamer1.0-plugins-bad",
  x264enc: "gstreamer1.0-plugins-ugly",
};

export const ffmpeg: Program = {
  name: "ffmpeg",
  version: firstMatch("ffmpeg", ["-version"], /^ffmpeg version (\d[\d.]*)/),
  needed: "publishes and plays, and encodes the test inputs",
  install: "apt-get install ffmpeg",
};

export const ffprobe: Program = {
  name: "ffprobe",
  version: firstMatch("ffprobe", ["-version"], /^ffprobe version (\d[\d.]*)/),
  needed: "plays, and lists the packets of a recording",
  install: "apt-get install ffmpeg",
};

export const rtmpdump: Program = {
  name: "rtmpdump",
  version: firstMatch("rtmpdump", ["--help"], /^RTMPDump v(\d[\d.]*)/),
  needed: "plays",
  install: "apt-get install rtmpdump",
};

export const pythonLibrtmp: Program = {
  name: "librtmp in Python",
  version: firstMatch(PYTHON, ["-c", "import librtmp, sys; print(sys.version)"], /^(\d[\d.]*)/),
  needed: 'publishes as "record" and "append"',
  install: "apt-get install python3-librtmp",
};

export const gstreamer: Program = gstreamerWith("GStreamer", {
  ...GSTREAMER_ELEMENTS,
  rtmp2sink: "gstreamer1.0-plugins-bad",
  rtmp2src: "gstreamer1.0-plugins-bad",
});

/** The elements that came before rtmp2sink and rtmp2src: librtmp, which knows every transport. */
export const gstreamerLibrtmp: Program = gstreamerWith("GStreamer with librtmp", {
  ...GSTREAMER_ELEMENTS,
  rtmpsink: "gstreamer1.0-plugins-bad",
  rtmpsrc: "gstreamer1.0-plugins-bad",
});

export const ffmpeg8: Program = {
  name: "FFmpeg",
  version: firstMatch(process.execPath, [FFMPEG8_SCRIPT, "version"], /^(\d[\d.]*)/),
  needed: "publishes and plays Enhanced RTMP",
  install: "npm ci (the development dependency node-av; it needs its optional package for this platform)",
};

export const curl: Program = {
  name: "curl",
  version: firstMatch("curl", ["--version"], /^curl (\d[\d.]*)/),
  needed: "shows certificates to the admin server",
  install: "apt-get install curl",
};

export const openssl: Program = {
  name: "openssl",
  version: firstMatch("openssl", ["version"], /^OpenSSL (\d[\d.]*)/),
  needed: "makes certificates",
  install: "apt-get install openssl",
};

/** Debian's: the tests say what it may do, and where it is. */
export const CHROMIUM = "/usr/bin/chromium";

export const chromium: Program = {
  name: "Chromium",
  version: firstMatch(CHROMIUM, ["--version"], /^Chromium (\d[\d.]*)/),
  needed: "plays recordings in a page",
  install: "apt-get install chromium",
};

export const haproxy: Program = {
  name: "haproxy",
  version: firstMatch("haproxy", ["-v"], /version (\d[\d.]*)/),
  needed: "stands in front and says whose connection it is",
  install: "apt-get install haproxy",
};

/** Where Debian has these is not in every user's path. */
export const SQUID = "/usr/sbin/squid";
export const NGINX = "/usr/sbin/nginx";
export const TINYPROXY = "/usr/bin/tinyproxy";

export const squid: Program = {
  name: "squid",
  version: firstMatch(SQUID, ["-v"], /Version (\d[\d.]*)/),
  needed: "passes tunnels on, as a forward proxy",
  install: "apt-get install squid",
};

export const nginx: Program = {
  name: "nginx",
  version: firstMatch(NGINX, ["-v"], /nginx\/(\d[\d.]*)/),
  needed: "passes tunnels on, as a reverse proxy",
  install: "apt-get install nginx",
};

/** Debian's module for nginx, which says its version nowhere. */
export const NGINX_RTMP_MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

export const nginxRtmp: Program = {
  name: "nginx-rtmp",
  version: existsSync(NGINX_RTMP_MODULE) ? nginx.version : undefined,
  needed: "is an origin",
  install: "apt-get install nginx libnginx-mod-rtmp",
};

const NODE_MEDIA_SERVER_FOLDER = new URL("../../node_modules/node-media-server/", import.meta.url);
export const NODE_MEDIA_SERVER: string = fileURLToPath(new URL("bin/app.js", NODE_MEDIA_SERVER_FOLDER));

export const nodeMediaServer: Program = {
  name: "node-media-server",
  version: versionIn(new URL("package.json", NODE_MEDIA_SERVER_FOLDER)),
  needed: "is an origin",
  install: "npm ci (a development dependency)",
};

export const rtmpsrv: Program = {
  name: "rtmpsrv",
  version: existsSync("/usr/sbin/rtmpsrv") ? rtmpdump.version : undefined,
  needed: "is an origin that says what it was asked for",
  install: "apt-get install rtmpdump",
};

/** Ours, but it takes somebody else's compiler. */
const directIo: Program = {
  name: "direct-io's addon",
  version: send && "built",
  needed: "sends and reads past Node",
  install: "apt-get install gcc libc6-dev, a Node.js with its headers (include/node), and npm run build",
};

export const tinyproxy: Program = {
  name: "tinyproxy",
  version: firstMatch(TINYPROXY, ["-v"], /tinyproxy (\d[\d.]*)/),
  needed: "passes TLS on, and shows what a proxy must not do with tunnels",
  install: "apt-get install tinyproxy",
};

/** The test server of Let's Encrypt, which says its version nowhere. */
export const pebble: Program = {
  name: "pebble",
  version: firstMatch("pebble", ["-help"], /^Usage of (pebble):/m),
  needed: "issues certificates",
  install: "apt-get install pebble",
};

export const systemd: Program = {
  name: "systemd",
  version: firstMatch("systemd-analyze", ["--version"], /^systemd (\d+)/),
  needed: "judges its unit",
  install: "apt-get install systemd",
};

export const promtool: Program = {
  name: "promtool",
  version: firstMatch("promtool", ["--version"], /^promtool, version (\d[\d.]*)/),
  needed: "judges metrics and alerts",
  install: "apt-get install prometheus",
};

export const everyProgram: readonly Program[] = [
  ffmpeg,
  ffprobe,
  rtmpdump,
  pythonLibrtmp,
  gstreamer,
  gstreamerLibrtmp,
  ffmpeg8,
  curl,
  openssl,
  chromium,
  haproxy,
  squid,
  nginx,
  tinyproxy,
  nginxRtmp,
  nodeMediaServer,
  directIo,
  rtmpsrv,
  pebble,
  systemd,
  promtool,
];

/** Whether a test that needs these programs has to be skipped. `programs.test.ts` says so aloud. */
export function areMissing(...programs: readonly Program[]): boolean {
  return programs.some((program) => program.version === undefined);
}

const { CI, HEADGATE_REQUIRE_PROGRAMS } = process.env;

/** Whether a missing program is a failure here and not a reason to skip. */
export const areRequired: boolean = CI !== undefined || HEADGATE_REQUIRE_PROGRAMS === "1";

/** The program as a test's name shows it. */
export function titleOf(program: Program): string {
  return `${program.name} ${program.version ?? "(missing)"}`;
}

function gstreamerWith(name: string, elements: Readonly<Record<string, string>>): Program {
  const isWhole = Object.keys(elements).every(hasElement);
  return {
    name,
    version: isWhole ? firstMatch("gst-launch-1.0", ["--version"], /^GStreamer (\d[\d.]*)/m) : undefined,
    needed: `publishes and plays with the elements ${Object.keys(elements).join(", ")}`,
    install: `apt-get install ${[...new Set(["gstreamer1.0-tools", ...Object.values(elements)])].join(" ")}`,
  };
}

function firstMatch(command: string, args: readonly string[], pattern: RegExp): string | undefined {
  return pattern.exec(run(command, args).output)?.[1];
}

function versionIn(packageFile: URL): string | undefined {
  return existsSync(packageFile) ? JSON.parse(readFileSync(packageFile, "utf8")).version : undefined;
}

function hasElement(element: string): boolean {
  return run("gst-inspect-1.0", ["--exists", element]).succeeded;
}
