import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm start` serves the API, for the development server. */
const LOCAL_HOST = 'http://127.0.0.1:8787';

/** The dashboard's page. */
export default defineConfig({
  root: import.meta.dirname,
  // The page works below any path: that of a stage, or of a proxy.
  base: './',
  plugins: [react()],
  build: {
    // The content security policy lets no inline script run, and browsers of today need no shim.
    modulePreload: { polyfill: false },
    // A file has a hash in its name and is cached for ever; what is inline comes with every page again.
    assetsInlineLimit: 0,
    // What several parts have in common is one file: many small ones compress less well.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'common', minShareCount: 2 }] } } },
    // How large they may be is checked compressed, with the bundles of the functions.
    reportCompressedSize: false,
    chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
  },
  server: {
    proxy: { '/api': LOCAL_HOST, '/docs': LOCAL_HOST, '/channel-usage.js': LOCAL_HOST },
  },
});
