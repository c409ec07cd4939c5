import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/** The steps from the top of the file to a value in it. */
export type Path = readonly string[];

/** A configuration file as written: its value, and where in the file each part of it stands. */
export class YamlSource {
  readonly #name: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(name: string, content: string) {
    this.#name = name;
    this.#document = parseDocument(content, { lineCounter: this.#lines, prettyErrors: false });
  }

  /** What makes it no YAML at all, each with its position. */
  get problems(): string[] {
    const { errors, warnings } = this.#document;
    return [...errors, ...warnings].map(({ pos, message }) => `${this.position(pos[0])}: ${message}`);
  }

  /** The plain value; undefined for an empty file. */
  get value(): unknown {
    return this.#document.toJS() ?? undefined;
  }

  /** The place in the file where the value at `path` begins, or with `key` that key of it. */
  offsetOf(path: Path, key?: string): number {
    let node: unknown = this.#document.contents;
    let offset = startOf(node) ?? 0;
    for (const step of path) {
      const child = childOf(node, step);
      offset = startOf(child.value) ?? startOf(child.key) ?? offset;
      node = child.value;
    }
    return (key === undefined ? undefined : startOf(childOf(node, key).key)) ?? offset;
  }

  /** `headgate.yaml:5:10` */
  position(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }
}

function childOf(node: unknown, step: string): { key?: unknown; value?: unknown } {
  if (isSeq(node)) return { value: node.items[Number(step)] };
  if (!isMap(node)) return {};
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === step) ?? {};
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
