import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** The part of axe-core that is used here. */
interface Axe {
  run(context: Document, options: object): Promise<{ violations: Violation[]; incomplete: Violation[] }>;
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong with a page for people who cannot see it, or not well (WCAG 2.2 A and AA, and best practice). */
export async function barriers(page: Page): Promise<string[]> {
  // As an expression of the debugger: the page's Content-Security-Policy does not allow it as a script.
  await page.evaluate(`${SOURCE}; undefined`);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    return (await axe.run(document, {})).violations;
  });
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}
