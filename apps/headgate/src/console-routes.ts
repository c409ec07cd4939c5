import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";

/** Where the build puts the console. It is not there where the compiler alone was run. */
const FOLDER = fileURLToPath(new URL("console/", import.meta.url));

const PAGE = "index.html";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const NOT_BUILT = "The console is not built: `npm run build` in the folder of the sources builds it.\n";

/** A name has a hash of what is in the file, so it never changes. */
const FOR_EVER = "public, max-age=31536000, immutable";

/** A file of the console in memory: all of them together are a megabyte. */
interface ConsoleFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
}

/** The console at `/` of the admin server, for everybody: what it shows needs a token, and what it consists of does not. */
export function consoleRoutes(folder: string = FOLDER): FastifyPluginAsync {
  return async (app) => {
    const assets = (await namesIn(join(folder, "assets"))).filter(hasType);
    const files = new Map<string, Promise<ConsoleFile>>();
    const read = (path: string): Promise<ConsoleFile> => {
      const file = files.get(path) ?? readConsoleFile(join(folder, path));
      files.set(path, file);
      return file;
    };
    const open = { config: { scope: "open" as const } };
    const isBuilt = (await namesIn(folder)).includes(PAGE);
    app.get("/", open, async (request, reply) => {
      if (!isBuilt) return reply.code(404).type("text/plain; charset=utf-8").send(NOT_BUILT);
      reply.header("content-security-policy", contentPolicy(request.headers.host));
      return send(request, reply.header("cache-control", "no-cache"), await read(PAGE));
    });
    for (const name of assets)
      app.get(`/assets/${name}`, open, async (request, reply) =>
        send(request, reply.header("cache-control", FOR_EVER), await read(join("assets", name))),
      );
  };
}

/**
 * Scripts, styles and data come from this server alone. Players also ask the ports for clients, which are on the same host; an
 * address of IPv6 cannot be named in a policy.
 */
function contentPolicy(hostHeader: string | undefined): string {
  const url = `http://${hostHeader}`;
  const host = URL.canParse(url) ? new URL(url).hostname : "[";
  const sources = (...schemes: string[]): string =>
    schemes.map((scheme) => (host.startsWith("[") ? `${scheme}:` : `${scheme}://${host}:*`)).join(" ");
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${sources("http", "https", "ws", "wss")}`,
    `media-src 'self' blob: ${sources("http", "https")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

function send(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  const isZipped = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const etag = isZipped ? `${file.etag.slice(0, -1)}-gzip"` : file.etag;
  reply
    .header("etag", etag)
    .header("vary", "accept-encoding")
    .header("x-content-type-options", "nosniff")
    .header("referrer-policy", "no-referrer")
    .header("cross-origin-opener-policy", "same-origin");
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();
  reply.type(file.type);
  return isZipped ? reply.header("content-encoding", "gzip").send(file.zipped) : reply.send(file.plain);
}

async function readConsoleFile(path: string): Promise<ConsoleFile> {
  const plain = await readFile(path);
  return {
    type: TYPES[extname(path)]!,
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 16)}"`,
    plain,
    zipped: await promisify(gzip)(plain),
  };
}

function hasType(name: string): boolean {
  return extname(name) in TYPES;
}

/** None where there is no such folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
