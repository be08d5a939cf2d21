import type { MatchValue } from '../../archive/search/search-query';
import { foldPersonName } from '../../dicom/values/person-name';
import { all, anyOf, type Fragment, fragment, sql, value } from '../statements/sql-fragment';
import { formsOf, withoutMissingEnds } from './missing-components';
import { anyTerm, partTerm, wholePart } from './search-terms';
import { type Literal, longestLiteral, worth } from './wildcard-literals';
import { anyWildcardSQL } from './wildcard-sql';

/**
 * Matching of person names (PS3.4 C.2.2.2.1.1). The column holds folded names, so the value is folded the same way. A
 * name matches as a whole, or in one of its component groups (PS3.5 6.2.1.2). A value of several groups is compared
 * group by group; an empty group of the value matches everything. Empty components do not matter: `SMITH^*`
 * also finds a name that is only SMITH.
 * @param column of the study table
 */
export function nameSQL(column: string, matched: MatchValue): Fragment {
  switch (matched.kind) {
    case 'single':
      return textSQL(column, matched.value, equals);
    case 'list':
      return listSQL(column, matched.values);
    case 'all':
      return all(matched.values.map((each) => textSQL(column, each, equals)));
    case 'wildcard':
      return textSQL(column, matched.pattern, matchesPattern);
    case 'empty':
      return fragment(`study.${column} IS NULL`);
    default:
      throw new TypeError(`a name cannot be matched by ${matched.kind}`);
  }
}

/** Any of some names: those of one component group together, so that the statement stays short. */
function listSQL(column: string, names: readonly string[]): Fragment {
  const folded = names.map(foldPersonName);
  const single = folded.filter((name) => !name.includes('=') && !isUniversal(name));
  const others = names.filter((_, at) => !single.includes(folded[at] ?? ''));
  const among: Comparison = (expression, list) => sql`${expression} IN (SELECT value FROM json_each(${value(list)}))`;
  return anyOf([
    ...(single.length === 0 ? [] : [groupSQL(column, JSON.stringify(single), among)]),
    ...others.map((name) => textSQL(column, name, equals)),
  ]);
}

/**
 * Terms that every matching name has, and how many characters of the name they fix; undefined when nothing is known.
 */
export function nameTerm(matched: MatchValue): { readonly term: Fragment; readonly known: number } | undefined {
  switch (matched.kind) {
    case 'single':
    case 'list': {
      const values = matched.kind === 'single' ? [matched.value] : matched.values;
      const groups = values.map((each) => longestOf(foldPersonName(each).split('=')));
      if (groups.includes('')) return undefined;
      return { term: anyTerm(groups.map(wholePart)), known: Math.min(...groups.map(({ length }) => length)) + 2 };
    }
    case 'wildcard': {
      const literals = foldPersonName(matched.pattern)
        .split('=')
        .flatMap((group) => groupLiteral(group) ?? []);
      const [longest] = literals.sort((one, other) => worth(other) - worth(one));
      return longest && { term: partTerm(longest), known: worth(longest) };
    }
    default:
      return undefined;
  }
}

function groupLiteral(group: string): Literal | undefined {
  const { rest, from, to } = withoutMissingEnds(group);
  const literal = longestLiteral(rest);
  // More components may come before or follow.
  const isLoose = literal && ((literal.at === 'start' && from) || (literal.at === 'end' && to));
  return isLoose ? { ...literal, at: 'anywhere' } : literal;
}

type Comparison = (expression: string, text: string) => Fragment;

const equals: Comparison = (expression, text) => sql`${expression} = ${value(text)}`;

const matchesPattern: Comparison = (expression, pattern) => anyWildcardSQL(expression, formsOf(pattern));

function textSQL(column: string, text: string, compare: Comparison): Fragment {
  const asked = foldPersonName(text).split('=');
  if (asked.length > 1) {
    const groups = groupsOf(`study.${column}`);
    return all(
      asked.flatMap((group, at) => (isUniversal(group) ? [] : compare(`coalesce((${groups}) ->> ${at}, '')`, group))),
    );
  }
  const [group = ''] = asked;
  return isUniversal(group) ? fragment('true') : groupSQL(column, group, compare);
}

/** The name as a whole, or one of its groups. */
function groupSQL(column: string, group: string, compare: Comparison): Fragment {
  const name = `study.${column}`;
  const inGroup = sql`EXISTS (SELECT 1 FROM json_each(${groupsOf(name)}) AS part WHERE ${compare('part.value', group)})`;
  return sql`(${compare(name, group)}) OR (instr(${name}, '=') > 0 AND ${inGroup})`;
}

/** The name as a JSON array of its groups. */
function groupsOf(name: string): string {
  return `'[' || replace(json_quote(${name}), '=', '","') || ']'`;
}

function isUniversal(group: string): boolean {
  return /^[*\s]*$/.test(group);
}

function longestOf(groups: readonly string[]): string {
  return groups.reduce((longest, group) => (group.length > longest.length ? group : longest), '');
}
