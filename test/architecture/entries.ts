/** A place where something outside calls into this program: an event, a timer, what becomes of a promise. */
export interface Entry {
  /** The call, on one line. */
  readonly call: string;
  /** Those of its arguments that are called later. */
  readonly callbacks: readonly string[];
}

/** How the callbacks of a call are found among its arguments. */
const KINDS: readonly (readonly [call: RegExp, callbacks: (args: readonly string[]) => readonly string[]])[] =
  [
    [/\.(?:on|once|addListener|prependListener|prependOnceListener)\($/, (args) => args.slice(1)],
    [/\.(?:then|catch|finally)\($/, (args) => args],
    [/nextTick\($/, (args) => args.slice(0, 1)],
    [/(?:createServer|request|pipeline|watch|watchFile)\($/, (args) => args.slice(-1).filter(isFunction)],
    [/(?:set(?:Timeout|Interval|Immediate)|queueMicrotask)\($/, (args) => args.slice(0, 1)],
    // The options of a socket may have a callback for what it reads.
    [/(?:new Socket|super)\($/, (args) => args.filter((arg) => arg.includes("onread"))],
  ];

const CALLS =
  /\.(?:on|once|addListener|prependListener|prependOnceListener|then|catch|finally)\(|process\.nextTick\(|new Socket\(|\bsuper\(|(?<![\w.#])(?:setTimeout|setInterval|setImmediate|queueMicrotask|createServer|request|pipeline|watch|watchFile)\(/g;

/** All entries in a source file. */
export function entriesOf(source: string): Entry[] {
  const code = masked(source);
  const entries: Entry[] = [];
  for (const { 0: call, index } of code.matchAll(CALLS)) {
    const start = index + call.length;
    const ends = argumentEnds(code, start);
    const end = ends.at(-1)!;
    // A method of that name is defined here, not called.
    if (/^\)\s*[:{]/.test(code.slice(end))) continue;
    const args = ends.map((argEnd, i) => onOneLine(source.slice(i === 0 ? start : ends[i - 1]! + 1, argEnd)));
    const [, callbacksOf] = KINDS.find(([kind]) => kind.test(call))!;
    const subject = /[\w.#?!]*$/.exec(code.slice(0, index))![0];
    entries.push({
      call: subject + onOneLine(source.slice(index, end + 1)),
      callbacks: callbacksOf(args.filter((arg) => arg !== "")),
    });
  }
  return entries;
}

/** Whether nothing can be thrown out of a callback: it goes through a guard, or does next to nothing. */
export function isSafe(callback: string, source: string): boolean {
  if (callback === "undefined" || callback === "resolve" || callback === "reject") return true;
  if (/^[\w.#]*guard\.entry\(/i.test(callback)) return true;
  const name = /^(?:this\.)?(#?\w+)$/.exec(callback)?.[1];
  if (name !== undefined) return isSafelyNamed(name, source);
  const body = /^\(?[^=]*?\)?(?:: \w+)? => (.*)$/s.exec(callback)?.[1] ?? "";
  return SAFE_BODIES.some((safe) => safe.test(body));
}

const SAFE_BODIES: readonly RegExp[] = [
  /^\{\s*\}$/,
  /^[\w.#]*guard\.run\(/i,
  /^\{ const guard = new Guard\(.*\); guard\.run\([^;]*\); \}$/,
  /^[\w.#]+\??\.destroy\((?:new Error\("[^"]*"\))?\)$/,
  /^(?:clearTimeout|clearInterval|resolve|reject)\([^()]*\)$/,
  /^undefined$/,
];

/** Whether it is made by a guard, or empty. */
function isSafelyNamed(name: string, source: string): boolean {
  const made = new RegExp(`${name}(?:: [^=;]*)? = [\\w.#]*guard\\.entry\\(`, "i");
  const empty = new RegExp(`function ${name}\\([^)]*\\)[^{]*\\{\\s*\\}`);
  return made.test(source) || empty.test(source);
}

function isFunction(arg: string): boolean {
  return /^(?:\([^)]*\)|\w+)(?:: \w+)? =>|^[\w.#]+\.entry\(|^(?:this\.)?#?[a-zA-Z]\w*$/.test(arg);
}

/** Where each argument ends of a call whose first one begins at `start`. */
function argumentEnds(code: string, start: number): number[] {
  const ends: number[] = [];
  let depth = 0;
  for (let at = start; at < code.length; at += 1) {
    const character = code[at]!;
    if ("([{".includes(character)) depth += 1;
    else if (depth === 0 && (character === "," || character === ")")) ends.push(at);
    if (depth === 0 && character === ")") break;
    if (")]}".includes(character)) depth -= 1;
  }
  return ends;
}

/** The same length, without what is in comments, texts and regular expressions. */
function masked(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[(,=:[!&|?{};\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/g,
    (text) => text.replace(/[^\n]/g, "_"),
  );
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(/^\( /, "(").trim();
}
