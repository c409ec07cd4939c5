import { defineConfig, type UserConfig } from "vite";

/** Into the server's own folder, from where it is sent, packed and put into images. */
const OUTPUT = "../headgate/dist/console";

const config: UserConfig = defineConfig({
  // So that it also works behind a proxy that has it below a path.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: "es2022",
    // What is loaded is said by the page alone: a preload of players would load them for everybody.
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 500,
    license: { fileName: "licenses.md" },
  },
  server: { proxy: { "/api": "http://127.0.0.1:1985" } },
});

export default config;
