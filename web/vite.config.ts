import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Asset URLs are relative: the same files are served at `/` and at `/pipeline/`. */
export default defineConfig({
  base: "./",
  plugins: [react()],
  // 250 kB compressed for the first view are about 800 kB before compression.
  build: { outDir: "../dist/web", emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
  server: {
    // `npm run dev --workspace web` beside a running platform; sign in there first, the cookie is for every port.
    proxy: { "/pipeline/apis": "http://127.0.0.1:8080", "/api": "http://127.0.0.1:8080", "/oauth2": "http://127.0.0.1:8080" },
  },
});
