/** Text that is XML. */
export type Xml = string;

/** Nothing for null: a value that is not known. */
export function element(name: string, value: string | number | null): Xml {
  return value === null ? "" : `<${name}>${escaped(String(value))}</${name}>`;
}

export function empty(name: string): Xml {
  return `<${name}/>`;
}

/** Peers choose names. What XML 1.0 cannot hold is left out; all but ASCII is written as numbers. */
function escaped(text: string): Xml {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    const isPlain = code >= 0x20 && code < 0x7f && !"<>&\"'".includes(character);
    if (isPlain) return character;
    return isAllowed(code) ? `&#${code};` : "";
  }).join("");
}

/** XML 1.0 §2.2. Line breaks and tabs have no business in names. */
function isAllowed(code: number): boolean {
  return (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}
