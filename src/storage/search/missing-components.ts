import { leadingLiteral } from './wildcard-literals';

/** Components of a name that consist only of `*`, in the folded form, in which a space separates components. */
const ANY = /^\*+$/;

/** At most so many runs of such components are looked at: a name has five components (PS3.5 6.2.1.1). */
const MOST_RUNS = 3;

/** A pattern's components. A run of components that are only `*` is one `*`, which stands for separators too. */
function componentsOf(pattern: string): string[] {
  const components = pattern.split(' ').map((component) => (ANY.test(component) ? '*' : component));
  return components.filter((component, at) => component !== '*' || components[at - 1] !== '*');
}

/**
 * The patterns that together match what a pattern means. A component that is only `*` also matches an empty component (PS3.4
 * C.2.2.2.4), of which the folded form of a name has nothing, not even the separator: `smith * dr.` is that, or `smith dr.`.
 * @param pattern folded, and not only `*`
 * @returns the first one is the pattern itself, but for runs of `*`
 */
export function formsOf(pattern: string): string[] {
  const components = componentsOf(pattern);
  const runs = components.flatMap((component, at) => (component === '*' ? [at] : [])).slice(0, MOST_RUNS);
  return Array.from({ length: 2 ** runs.length }, (_, choice) =>
    components.filter((_component, at) => !runs.some((run, bit) => run === at && (choice >> bit) & 1)).join(' '),
  );
}

/** What all of some forms begin with: the shortest of their beginnings. */
export function commonStart(forms: readonly string[]): string {
  const starts = forms.map(leadingLiteral);
  return starts.reduce((shortest, start) => (start.length < shortest.length ? start : shortest));
}

/** A pattern without the `*` components at its start and end, which a name may lack. */
export function withoutMissingEnds(pattern: string): {
  readonly rest: string;
  readonly from: boolean;
  readonly to: boolean;
} {
  const components = componentsOf(pattern);
  const [from, to] = [components[0] === '*', components.at(-1) === '*'];
  return { rest: components.slice(from ? 1 : 0, to ? -1 : undefined).join(' '), from, to };
}
