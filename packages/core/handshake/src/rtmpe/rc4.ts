import type { StreamCipher } from "../stream-cipher.ts";
import { INPUT_AT, MEMORY_PAGES, RC4_PROGRAM, STATE_LENGTH } from "./rc4-program.ts";

/**
 * RC4, which OpenSSL 3 no longer offers. It is the whole cost of a viewer that plays over RTMPE, so its loop is the one
 * WebAssembly program of the house: twice as fast as the fastest loop in JavaScript.
 */
export class Rc4 implements StreamCipher {
  /** The permutation, then i and j. */
  readonly #state = new Uint8Array(STATE_LENGTH);

  constructor(key: Uint8Array) {
    schedule(this.#state, key);
  }

  apply(bytes: Uint8Array, target: Uint8Array = new Uint8Array(bytes.length)): Uint8Array {
    machine ??= new Machine();
    machine.apply(this.#state, bytes, target);
    return target.subarray(0, bytes.length);
  }

  /** Passes over a part of the keystream. */
  discard(length: number): void {
    this.apply(new Uint8Array(length));
  }
}

function schedule(state: Uint8Array, key: Uint8Array): void {
  for (let i = 0; i < 256; i += 1) state[i] = i;
  let j = 0;
  for (let i = 0; i < 256; i += 1) {
    const swapped = state[i]!;
    j = (j + swapped + key[i % key.length]!) & 0xff;
    state[i] = state[j]!;
    state[j] = swapped;
  }
}

/** What this file uses of WebAssembly, whose types otherwise come only with those of a browser. */
declare const WebAssembly: {
  readonly Module: new (program: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
};

const PAGE_LENGTH = 64 * 1024;

/** The program with its memory. All ciphers share one: each brings its state and takes it away again. */
class Machine {
  readonly #state: Uint8Array;
  readonly #data: Uint8Array;
  readonly #run: (end: number) => void;

  constructor() {
    const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES });
    const module = new WebAssembly.Module(RC4_PROGRAM);
    const { exports } = new WebAssembly.Instance(module, { rc4: { memory } });
    this.#run = (exports as { run: (end: number) => void }).run;
    this.#state = new Uint8Array(memory.buffer, 0, STATE_LENGTH);
    this.#data = new Uint8Array(memory.buffer, INPUT_AT, MEMORY_PAGES * PAGE_LENGTH - INPUT_AT);
  }

  apply(state: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.#state.set(state);
    for (let at = 0; at < input.length; at += this.#data.length) {
      const part = input.subarray(at, at + this.#data.length);
      this.#data.set(part);
      this.#run(INPUT_AT + part.length);
      output.set(this.#data.subarray(0, part.length), at);
    }
    state.set(this.#state);
  }
}

/** Made when it is first needed: Node can be run without WebAssembly, and then has everything but RTMPE. */
let machine: Machine | undefined;
