/** An element of a document, as strict readers see it. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** What stands between its tags, if it has no children. */
  readonly text: string;
}

/** Reads a document, and throws at whatever is not well formed. Knows no attributes: what is read here has none. */
export function parseXml(document: string): XmlElement {
  const root = { name: "", children: [] as XmlElement[], text: "" };
  const open: { name: string; children: XmlElement[]; text: string }[] = [root];
  const tokens = document.replace(/^(<\?[^>]*\?>\s*)+/, "").match(/<[^>]*>|[^<]+/g) ?? [];
  for (const token of tokens) {
    const inner = open.at(-1)!;
    const [, closing, name = "", empty] = /^<(\/?)([\w-]+)\s*(\/?)>$/.exec(token) ?? [];
    if (!token.startsWith("<")) inner.text += unescaped(token);
    else if (name === "") throw new Error(`no tag: ${token}`);
    else if (closing) {
      if (inner.name !== name) throw new Error(`</${name}> ends <${inner.name}>`);
      open.pop();
    } else {
      const element = { name, children: [], text: "" };
      inner.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error("not one whole document");
  return root.children[0]!;
}

function unescaped(text: string): string {
  if (/&(?!#\d+;)/.test(text)) throw new Error(`an entity that nobody knows: ${text}`);
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

/** The only child of this name; undefined if there is none. */
export function child({ name, children }: XmlElement, wanted: string): XmlElement | undefined {
  const found = childrenOf({ children }, wanted);
  if (found.length > 1) throw new Error(`<${name}> has more than one <${wanted}>`);
  return found[0];
}

export function childrenOf(
  { children }: Pick<XmlElement, "children">,
  wanted: string,
): readonly XmlElement[] {
  return children.filter((each) => each.name === wanted);
}
