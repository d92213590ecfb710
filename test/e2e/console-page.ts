import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';

/** A real browser with a console that was built just now; everything that goes wrong on its pages is kept. */
export type ConsoleBrowser = {
  /** What pages complained of: errors, broken policies, requests to anybody but the node. */
  readonly complaints: string[];
  open(origin: string): Promise<Page>;
  stop(): Promise<void>;
};

const PROGRAM = '/usr/bin/chromium';

/** Builds the console and starts Debian's chromium. */
export async function startBrowser(): Promise<ConsoleBrowser> {
  await build({ logLevel: 'warn' });
  // Root may not use the sandbox; nothing but our own page is opened.
  const browser: Browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] });
  const complaints: string[] = [];
  const contexts: BrowserContext[] = [];
  return {
    complaints,
    open: async (origin) => {
      const context = await browser.newContext({
        viewport: { width: 1_440, height: 900 },
        colorScheme: 'light',
      });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (message) => {
        // A node that is gone, or wants a token, is no fault of the page.
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
          complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`);
      });
      await page.goto(`${origin}/console`);
      return page;
    },
    stop: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
    },
  };
}

/** What axe finds to keep people out of a page, as it is now: what is serious or worse. */
export async function barriersOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string | null;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** How far a page is wider than its window, in pixels. */
export async function overflowOf(page: Page): Promise<number> {
  return (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
}
