import { afterEach, beforeEach, expect, test } from "vitest";
import { TestServer } from "./test-server.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer({ compatibility: ["nginx-rtmp", "mediamtx"] });
});

afterEach(() => server.close());

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<
    Record<string, { readonly content: Record<string, { readonly schema: Schema }> }>
  >;
  readonly security: readonly object[];
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function document(): Promise<Document> {
  return (await server.get("/api/v1/openapi.json")).json();
}

test("every route is described, with its parameters and what it needs", async () => {
  const { openapi, paths } = await document();
  expect(openapi).toBe("3.1.0");
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(operations).toEqual([
    "get /api/v1/streams",
    "get /api/v1/streams/{path}",
    "delete /api/v1/streams/{path}",
    "get /api/v1/clients",
    "get /api/v1/clients/{id}",
    "delete /api/v1/clients/{id}",
    "post /api/v1/clients/{id}/redirect",
    "get /api/v1/quality/server",
    "get /api/v1/quality/streams/{path}",
    "get /api/v1/quality/clients/{id}",
    "get /api/v1/bans",
    "post /api/v1/bans",
    "delete /api/v1/bans/{id}",
    "get /api/v1/summaries",
    "get /api/v1/versions",
    "get /api/v1/features",
    "get /api/v1/listeners",
    "get /api/v1/certificates",
    "get /api/v1/tunnels",
    "get /api/v1/config",
    "get /api/v1/vhosts",
    "get /api/v1/vhosts/{id}",
    "get /api/v1/log",
    "post /api/v1/reload",
    "post /api/v1/drain",
    "get /stat",
    "get /control/{command}/{role}",
    "get /v3/paths/list",
    "get /v3/paths/get/{path}",
    "get /v3/rtmpconns/list",
    "get /v3/rtmpconns/get/{id}",
    "get /v3/rtmpsconns/list",
    "get /v3/rtmpsconns/get/{id}",
  ]);
  expect(paths["/api/v1/clients"]!.get!.parameters).toMatchObject([
    { name: "start", in: "query", required: false },
    { name: "count", in: "query", required: false },
    { name: "stream", in: "query", required: false },
  ]);
  expect(paths["/api/v1/clients/{id}"]!.delete).toMatchObject({
    parameters: [{ name: "id", in: "path", required: true }],
    security: [{ token: ["control"] }],
  });
  for (const [path, methods] of Object.entries(paths))
    for (const [, name] of path.matchAll(/\{(\w+)\}/g))
      for (const { parameters = [] } of Object.values(methods))
        if (path.startsWith("/api")) expect(parameters.map((each) => each.name)).toContain(name);
});

test("where there are events, they are described beside the answer", async () => {
  const { paths } = await document();
  const { content } = paths["/api/v1/quality/streams/{path}"]!.get!.responses[200]!;
  expect(Object.keys(content)).toEqual(["application/json", "text/event-stream"]);
  expect(content["text/event-stream"]!.schema.required).toEqual(
    expect.arrayContaining(["seq", "fps", "rtt_ms"]),
  );
});

test("answers are as they are described", async () => {
  await server.publish("cam");
  await server.play("cam");
  const { paths } = await document();
  const [id = ""] = [...server.gateway.sessions.keys()];
  const parameters: Record<string, string> = { "{id}": id, "{path}": "live/cam" };
  for (const [path, { get }] of Object.entries(paths)) {
    const schema = get?.responses[200]?.content["application/json"]?.schema;
    if (!schema) continue;
    const url = path.startsWith("/api/v1/vhosts/")
      ? "/api/v1/vhosts/__defaultVhost__"
      : path.replace(/\{\w+\}/, (name) => parameters[name]!);
    const answer = (await server.get(url)).json();
    expect({ url, problems: problemsOf(answer, schema, "") }).toEqual({ url, problems: [] });
  }
});

/** What of a value is not described, or other than described. */
function problemsOf(value: unknown, schema: Schema, at: string): string[] {
  if (schema.anyOf) {
    const each = schema.anyOf.map((one) => problemsOf(value, one, at));
    return each.find((problems) => problems.length === 0) ?? each[0]!;
  }
  if (schema.type === undefined) return [];
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  if (type !== schema.type) return [`${at}: ${type} in place of ${schema.type}`];
  if (Array.isArray(value)) return value.flatMap((each) => problemsOf(each, schema.items ?? {}, `${at}[]`));
  if (type !== "object" || !schema.properties) return [];
  const fields = Object.entries(value as object);
  const missing = (schema.required ?? []).filter((key) => !fields.some(([name]) => name === key));
  return [
    ...missing.map((key) => `${at}.${key} is missing`),
    ...fields.flatMap(([key, each]) => {
      const described = schema.properties![key];
      return described ? problemsOf(each, described, `${at}.${key}`) : [`${at}.${key} is not described`];
    }),
  ];
}

test("the page about it loads nothing from anywhere", async () => {
  const reply = await server.get("/api/v1/docs");
  expect(reply.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(reply.headers["content-security-policy"]).toContain("default-src 'none'");
  expect(reply.body).toContain("POST /api/v1/clients/{id}/redirect");
  expect(reply.body).not.toMatch(/<script|src=|href="http|@import|url\(/);
});
