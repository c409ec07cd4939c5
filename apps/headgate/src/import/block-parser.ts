import { type Token, tokensOf } from "./block-tokens.ts";
import { type Directive, ImportError } from "./part.ts";

/** The deepest blocks of nginx and SRS have six levels. */
const MAX_DEPTH = 32;

/** A directive whose block is not closed yet. */
interface OpenBlock {
  readonly words: readonly Token[];
  readonly parts: Directive[];
}

/** The directives of a file of nginx or SRS. Both have the same grammar. */
export function parseBlocks(name: string, text: string): readonly Directive[] {
  const open: OpenBlock[] = [{ words: [], parts: [] }];
  let words: Token[] = [];
  for (const token of tokensOf(name, text)) {
    const { kind, place } = token;
    if (kind === "word") {
      words.push(token);
      continue;
    }
    if (kind === "}") closeBlock(open, words, place);
    else if (words.length === 0) throw new ImportError(place, `there is no directive before this "${kind}"`);
    else if (kind === ";") open.at(-1)!.parts.push(directiveOf(words, []));
    else if (open.length > MAX_DEPTH) throw new ImportError(place, `nested deeper than ${MAX_DEPTH} blocks`);
    else open.push({ words, parts: [] });
    words = [];
  }
  if (words[0]) throw new ImportError(words[0].place, 'the directive that begins here has no ";"');
  const { words: opened, parts } = open.at(-1)!;
  if (opened[0]) throw new ImportError(opened[0].place, 'the block that begins here has no "}"');
  return parts;
}

function closeBlock(open: OpenBlock[], words: readonly Token[], place: string): void {
  if (words[0]) throw new ImportError(words[0].place, 'the directive that begins here has no ";"');
  const block = open.pop();
  const around = open.at(-1);
  if (!block || !around) throw new ImportError(place, 'there is no block that this "}" could close');
  around.parts.push(directiveOf(block.words, block.parts));
}

function directiveOf([first, ...args]: readonly Token[], parts: readonly Directive[]): Directive {
  return { name: first!.text, place: first!.place, args: args.map(({ text }) => text), parts };
}
