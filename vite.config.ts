import { defineConfig } from 'vite';

// The console: what src/console becomes on its way to a browser. Everything is a file of its own that the page names, as the policy
// that it is served with allows nothing inline; addresses are relative, so that it works behind any prefix.
export default defineConfig({
  root: 'src/console',
  base: './',
  publicDir: false,
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
    reportCompressedSize: true,
  },
});
