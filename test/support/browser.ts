import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser as Chromium, chromium, type Page } from "playwright-core";
import { CHROMIUM } from "./programs.ts";

const VIDEO_PAGE = readFileSync(new URL("video-page.js", import.meta.url), "utf8");

/** As root Chromium has no sandbox; the rest keeps it from the network, and lets videos play without a click. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** Of a page on a machine that does many other things. */
const PATIENCE_MS = 60_000;

export interface PlayedVideo {
  /** The numbers of those that were shown. */
  readonly pictures: readonly number[];
  /** Seconds; null if the file does not say. */
  readonly duration: number | null;
  readonly currentTime: number;
  /** Of sound that was decoded. */
  readonly soundBytes: number;
}

export interface Sought {
  readonly number: number;
  /** Of the picture that is shown, in seconds. */
  readonly mediaTime: number;
}

/** What video-page.js has in the page. */
interface PageScript {
  play(url: string): Promise<PlayedVideo>;
  opened(): Promise<PlayedVideo>;
  show(url: string): Promise<number>;
  seek(seconds: number): Promise<Sought>;
  pitches(url: string): Promise<number[]>;
}

/** A page in which a video is played. What goes wrong in it, on its console too, is a failure. */
export class VideoPage implements PageScript {
  readonly #page: Page;
  readonly #problems: string[] = [];

  private constructor(page: Page) {
    this.#page = page;
    page.on("pageerror", (error) => this.#problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.#problems.push(message.text());
    });
  }

  static async open(browser: Chromium, url: string): Promise<VideoPage> {
    const page = new VideoPage(await browser.newPage());
    await page.#page.goto(url, { waitUntil: "commit" });
    await page.#page.evaluate(VIDEO_PAGE);
    return page;
  }

  play(url: string): Promise<PlayedVideo> {
    return this.#call("play", url);
  }

  opened(): Promise<PlayedVideo> {
    return this.#call("opened");
  }

  show(url: string): Promise<number> {
    return this.#call("show", url);
  }

  seek(seconds: number): Promise<Sought> {
    return this.#call("seek", seconds);
  }

  pitches(url: string): Promise<number[]> {
    return this.#call("pitches", url);
  }

  /** Fails if anything has gone wrong in it. */
  async close(): Promise<void> {
    await this.#page.close();
    if (this.#problems.length > 0) throw new Error(this.#problems.join("\n"));
  }

  #call<Name extends keyof PageScript>(
    name: Name,
    ...args: Parameters<PageScript[Name]>
  ): ReturnType<PageScript[Name]> {
    const call = `videoPage.${name}(${args.map((each) => JSON.stringify(each)).join()})`;
    return this.#page.evaluate(call) as ReturnType<PageScript[Name]>;
  }
}

/** A page of the server's own. What goes wrong in it, on its console too, is a failure, and so is all that it loads from elsewhere. */
export class WatchedPage {
  readonly page: Page;
  readonly #problems: string[] = [];

  private constructor(page: Page, host: string, expected: RegExp | undefined) {
    this.page = page;
    page.on("pageerror", (error) => this.#problems.push(String(error)));
    page.on("console", (message) => {
      const isExpected = expected?.test(message.text()) ?? false;
      if (message.type() === "error" && !isExpected) this.#problems.push(message.text());
    });
    page.on("request", (request) => {
      const { hostname, protocol } = new URL(request.url());
      const isOwn = protocol === "blob:" || protocol === "data:" || hostname === host;
      if (!isOwn) this.#problems.push(`asks for ${request.url()}`);
    });
  }

  /** `expected` is what may be on the console. */
  static async open(browser: Chromium, url: string, expected?: RegExp): Promise<WatchedPage> {
    const context = await browser.newContext({ acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const watched = new WatchedPage(page, new URL(url).hostname, expected);
    await page.goto(url);
    return watched;
  }

  /** Fails if anything has gone wrong in it. */
  async close(): Promise<void> {
    await this.page.context().close();
    if (this.#problems.length > 0) throw new Error(this.#problems.join("\n"));
  }
}

/** Chromium, and a site of another origin than that of the recordings. */
export class Browser {
  readonly #chromium: Chromium;
  readonly #site: Server;

  private constructor(chromium: Chromium, site: Server) {
    this.#chromium = chromium;
    this.#site = site;
  }

  static async start(): Promise<Browser> {
    const site = createServer((_, response) => {
      response.setHeader("content-type", "text/html");
      response.end('<!doctype html><link rel="icon" href="data:,">');
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    return new Browser(await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS }), site);
  }

  /** Without a URL a page of the site. */
  page(url: string = `http://127.0.0.1:${(this.#site.address() as AddressInfo).port}/`): Promise<VideoPage> {
    return VideoPage.open(this.#chromium, url);
  }

  watched(url: string, expected?: RegExp): Promise<WatchedPage> {
    return WatchedPage.open(this.#chromium, url, expected);
  }

  async stop(): Promise<void> {
    await this.#chromium.close();
    this.#site.close();
  }
}
