import { type RouteScope, scopeOf } from "@headgate/http-server";
import type { RouteOptions } from "fastify";

/** What this file reads of a route's schema. */
interface RouteSchema {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly params?: ObjectSchema;
  readonly querystring?: ObjectSchema;
  readonly body?: object;
  readonly response?: Readonly<Record<string, object>>;
  /** The data of each event, where a client may ask for server-sent events. */
  readonly events?: object;
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
}

/** One thing that can be asked for. */
export interface Operation {
  readonly method: string;
  /** As OpenAPI writes it: `/api/v1/clients/{id}`. */
  readonly path: string;
  readonly scope: RouteScope;
  readonly schema: RouteSchema;
}

/** Collects the routes that are registered, and describes them in OpenAPI 3.1. */
export class OpenApi {
  readonly #operations: Operation[] = [];
  readonly #version: string;

  constructor(version: string) {
    this.#version = version;
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** For fastify's `onRoute`. HEAD comes with each GET, and routes without a summary are for nobody to know. */
  add({ method, url, schema, config }: RouteOptions): void {
    const described = (schema ?? {}) as RouteSchema;
    if (described.summary === undefined) return;
    for (const each of [method].flat()) {
      if (each === "HEAD") continue;
      this.#operations.push({
        method: each.toLowerCase(),
        path: url.replace(/:(\w+)/g, "{$1}").replace("*", "{path}"),
        scope: scopeOf(each, config),
        schema: described,
      });
    }
  }

  get document(): object {
    const paths: Record<string, Record<string, object>> = {};
    for (const operation of this.#operations) {
      paths[operation.path] ??= {};
      paths[operation.path]![operation.method] = described(operation);
    }
    return {
      openapi: "3.1.0",
      info: {
        title: "Headgate",
        version: this.#version,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      paths,
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "One of admin.tokens, if there are any." },
        },
      },
    };
  }
}

function described({ scope, schema }: Operation): object {
  const { summary, tags, params, querystring, body, response = {}, events } = schema;
  const parameters = [...parametersIn("path", params), ...parametersIn("query", querystring)];
  return {
    summary,
    ...(tags && { tags }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: inJson(body) } }),
    responses: Object.fromEntries(
      Object.entries(response).map(([status, reply]) => [
        status,
        {
          description: REASONS[status] ?? "",
          content: {
            ...inJson(reply),
            ...(status === "200" && events && { "text/event-stream": { schema: events } }),
          },
        },
      ]),
    ),
    security: scope === "open" ? [] : [{ token: [scope] }],
  };
}

const REASONS: Readonly<Record<string, string>> = {
  200: "Done.",
  404: "There is no such thing.",
  409: "It cannot be done.",
  503: "Not now.",
};

function parametersIn(place: "path" | "query", schema: ObjectSchema | undefined): readonly object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name: name === "*" ? "path" : name,
    in: place,
    required: place === "path",
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function inJson(schema: object): object {
  return { "application/json": { schema } };
}
