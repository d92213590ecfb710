import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pages } from './pages/pages.ts';

// Writes every file that is made from the code; a test holds them against it.
for (const { path, text } of pages()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
