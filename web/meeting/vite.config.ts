import { defineConfig } from "vite";

export default defineConfig({
  // Relative: the page is served at /meet/ or anywhere else.
  base: "./",
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
});
