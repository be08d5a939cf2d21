import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../scripts/support/paths.mjs';

const SOURCES = join(ROOT, 'src');

it('every kind of error has its own name, which is all that a log says of an unforeseen one', () => {
  const unnamed: string[] = [];
  let classes = 0;
  for (const entry of readdirSync(SOURCES, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, name] of text.matchAll(/class (\w+) extends Error\b/g)) {
      classes += 1;
      if (!new RegExp(`\\bname = '${name}'`).test(text)) unnamed.push(`${entry.name}: ${name}`);
    }
  }
  expect(classes).toBeGreaterThan(9);
  expect(unnamed).toEqual([]);
});

it('every event of the log is explained to the operator', () => {
  const events = new Set<string>();
  for (const entry of readdirSync(SOURCES, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, event = ''] of text.matchAll(/log(?:Event|Failure)\(\s*'([a-z-]+)'/g)) events.add(event);
  }
  const explained = ['operations', 'access']
    .map((page) => readFileSync(join(ROOT, 'docs', `${page}.md`), 'utf8'))
    .join();
  expect(events.size).toBeGreaterThan(30);
  expect([...events].filter((event) => !explained.includes(`\`${event}\``))).toEqual([]);
});
