import {
  type CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  parseDocument,
  visit,
} from "yaml";
import type { Path } from "./mistake.ts";

/** A file that is not YAML at all has a mistake in every line. */
const MAX_PROBLEMS = 20;

/** The parser's messages may quote the file. */
const MAX_MESSAGE_LENGTH = 200;

/** The configuration has six levels. The parser recurses, and V8 may end the process when its stack is exhausted. */
const MAX_DEPTH = 100;

/** This many applications may share an anchor; aliases of aliases count with all they stand for. */
const MAX_ALIASES = 10_000;

interface Problem {
  readonly offset: number;
  readonly message: string;
}

/** A key of the file, or an entry of a list. */
export interface WrittenPart {
  /** The key, or the number of the entry. */
  readonly name: string;
  /** Where it stands: `headgate.yaml:5:10`. */
  readonly position: string;
  readonly value: unknown;
  /** What is within it, made anew each time: with aliases there may be far more than the file is long. */
  readonly parts: () => readonly WrittenPart[];
}

/** A configuration file as written: its value, and the position of each part. */
export class YamlSource {
  /** The errors that make it unreadable, each with its position. */
  readonly problems: readonly string[];
  /** The plain value; undefined for an empty file, and for a file with problems. */
  readonly value: unknown;
  readonly #name: string;
  readonly #lines = new LineCounter();
  readonly #document: Document | undefined;

  constructor(name: string, content: string) {
    this.#name = name;
    let offset = 0;
    try {
      const tooDeep = findTooDeep(content);
      if (tooDeep) {
        this.problems = [
          `${name}:${tooDeep.line}:${tooDeep.col}: it is nested deeper than ${MAX_DEPTH} levels`,
        ];
        return;
      }
      this.#document = parseDocument(content, {
        lineCounter: this.#lines,
        prettyErrors: false,
        uniqueKeys: false,
      });
      this.problems = this.#findProblems(this.#document);
      offset = firstAlias(this.#document);
      if (this.problems.length === 0)
        this.value = this.#document.toJS({ maxAliasCount: MAX_ALIASES }) ?? undefined;
    } catch (error) {
      this.problems = [`${this.position(offset)}: ${reasonOf(error)}`];
    }
  }

  /** The place in the file where the value at `path` begins, or with `key` that key of it. */
  offsetOf(path: Path, key?: string): number {
    let node: unknown = this.#document?.contents;
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

  /** The keys of the file, or its entries if it is a list. */
  parts(): readonly WrittenPart[] {
    return this.#partsOf(this.#document?.contents, this.value, 0);
  }

  /** What is within a value. What an alias stands for has the alias's position. */
  #partsOf(node: unknown, value: unknown, offset: number): readonly WrittenPart[] {
    if (typeof value !== "object" || value === null) return [];
    const values = value as Readonly<Record<string, unknown>>;
    return writtenIn(node, values).map(({ name, key, item }) => {
      const start = startOf(key) ?? startOf(item) ?? offset;
      const child = values[name];
      const parts = () => this.#partsOf(item, child, start);
      return { name, position: this.position(start), value: child, parts };
    });
  }

  #findProblems(document: Document): string[] {
    const { errors, warnings } = document;
    const found = [...errors, ...warnings].map(({ pos, message }) => ({ offset: pos[0], message }));
    const all = [...found, ...repeatedKeys(document), ...aliasProblems(document)];
    const shown = all
      .slice(0, MAX_PROBLEMS)
      .map(({ offset, message }) => `${this.position(offset)}: ${shortened(message)}`);
    return all.length > MAX_PROBLEMS ? [...shown, `${this.#name}: ${all.length - MAX_PROBLEMS} more`] : shown;
  }
}

/** In the order of the file: the keys of an object come in another one if some are numbers. */
function writtenIn(
  node: unknown,
  values: object,
): readonly { name: string; key?: unknown; item?: unknown }[] {
  if (isSeq(node)) return node.items.map((item, index) => ({ name: String(index), item }));
  if (!isMap(node)) return Object.keys(values).map((name) => ({ name }));
  return node.items.map(({ key, value: item }) => ({
    name: String((isScalar(key) ? key.value : key) ?? ""),
    key,
    item,
  }));
}

/** The parser itself would compare every key with every other. */
function repeatedKeys(document: Document): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map(_, { items }) {
      const known = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (known.has(name)) problems.push({ offset: startOf(key) ?? 0, message: "Map keys must be unique" });
        known.add(name);
      }
    },
  });
  return problems;
}

/** Aliases without an anchor, and aliases of a value that contains them. */
function aliasProblems(document: Document): Problem[] {
  const problems: Problem[] = [];
  const anchors = new Map<string, Node>();
  visit(document, {
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Alias(_, { source, range }, path) {
      const offset = range?.[0] ?? 0;
      const target = anchors.get(source);
      if (!target) problems.push({ offset, message: `there is no anchor &${source} before this alias` });
      else if (path.includes(target))
        problems.push({ offset, message: `the alias *${source} stands for what it is part of` });
    },
  });
  return problems;
}

function firstAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias(_, alias) {
      offset = startOf(alias) ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** The position where a value is nested deeper than MAX_DEPTH; found without recursion. */
function findTooDeep(content: string): { line: number; col: number } | undefined {
  const lines = new LineCounter();
  const open: { token: CST.Token; depth: number }[] = [];
  for (const token of new Parser(lines.addNewLine).parse(content)) open.push({ token, depth: 0 });
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return lines.linePos(token.offset);
    const items = "items" in token ? token.items : [];
    const children = items.flatMap(({ key, value }) => [key, value]);
    if (token.type === "document") children.push(token.value);
    for (const child of children) if (child) open.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function shortened(message: string): string {
  return message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}...` : message;
}

/** Errors that only appear while the values are read. */
function reasonOf(error: unknown): string {
  if (error instanceof ReferenceError) return "its aliases stand for too many values";
  return `it cannot be read as YAML: ${(error as Error).message}`;
}

function childOf(node: unknown, step: string): { key?: unknown; value?: unknown } {
  if (isSeq(node)) return { value: node.items[Number(step)] };
  if (!isMap(node)) return {};
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === step) ?? {};
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
