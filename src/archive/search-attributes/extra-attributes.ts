import { keywordOfTag, tagOfKeywordInAnyCase, vrOf } from '../../dicom/dictionary/dictionary';
import { creatorTagOf, isPrivate } from '../../dicom/dictionary/private-blocks';
import { COMPARABLE_FORM } from '../search/comparable-value';
import type { QueryLevel } from '../search/search-keys';
import { levelOf, type Matching, type SearchKey, searchKey, TAG } from '../search/search-keys';

/** An attribute that the deployment searches in addition to the standard's keys. */
export interface ExtraAttribute {
  /**
   * Names the attribute in the index. The name states everything that the form of its values in the index depends on.
   */
  readonly name: string;
  /** The sequences that contain the attribute, outermost first, and the attribute itself. */
  readonly path: readonly AttributeStep[];
  /** Level of the entities that it describes: that of its outermost sequence. */
  readonly level: QueryLevel;
  readonly vr: string;
  readonly matching: Matching;
}

/** One attribute of a data set or an item. */
export type AttributeStep =
  | { readonly tag: string }
  /**
   * A private attribute (PS3.5 7.8), in whichever block its creator reserves in a data set. All numbers are hexadecimal
   * digits.
   */
  | { readonly group: string; readonly element: string; readonly creator: string };

/** The configuration is not a list of attributes that can be searched. */
export class SearchAttributeError extends Error {
  override readonly name = 'SearchAttributeError';
}

/** Each attribute costs the index one row for each of its values. */
const MOST_ATTRIBUTES = 50;

/** The length of a path: the sequences that contain the attribute, and the attribute itself. */
const DEEPEST = 8;

/**
 * Reads a list of attributes, separated by commas. Each is a keyword or a tag of eight hexadecimal digits, after the
 * keywords or tags of the sequences that contain it, joined by dots. A private attribute is `(gggg,xxee,"creator")`,
 * where `xx` stands for the block; a quote inside the creator is written twice. A colon and a VR follow when the
 * dictionary has no VR.
 * @param caseSensitive texts except names are compared as they are (PS3.4 C.2.2.2.1)
 * @returns the attributes, without those that the standard's keys include
 * @throws SearchAttributeError that names the wrong item
 */
export function parseExtraAttributes(text: string, caseSensitive = false): readonly ExtraAttribute[] {
  const items = text.match(/(?:\([^"()]*"(?:[^"]|"")*"\s*\)|[^,])+/g) ?? [];
  const found = new Map<string, ExtraAttribute>();
  for (const item of items.map((each) => each.trim()).filter((each) => each !== '')) {
    const attribute = extraAttribute(item, caseSensitive);
    if (searchKey(pathText(attribute.path)) === undefined) found.set(attribute.name, attribute);
  }
  if (found.size > MOST_ATTRIBUTES) throw new SearchAttributeError(`names more than ${MOST_ATTRIBUTES} attributes`);
  if ([...found.values()].some(({ path }) => isRequestAttributes(path[0]))) {
    for (const attribute of requestKeys(caseSensitive)) found.set(attribute.name, attribute);
  }
  return [...found.values()];
}

const STEP = /^(?:\(\s*([0-9a-f]{4})\s*,\s*xx([0-9a-f]{2})\s*,\s*"((?:[^"]|"")+)"\s*\)|([A-Za-z0-9]+))(?:\.|$)/i;

function extraAttribute(item: string, caseSensitive: boolean): ExtraAttribute {
  const fault = (what: string) => new SearchAttributeError(`"${item}" ${what}`);
  const [, written = '', configuredVR] = /^(.*?)\s*(?::\s*([A-Z]{2}))?$/.exec(item) ?? [];
  const path: AttributeStep[] = [];
  for (let rest = written; rest !== '' || path.length === 0; ) {
    const [matched, group, element, creator, word] = STEP.exec(rest) ?? [];
    if (matched === undefined) throw fault('is neither a keyword nor a tag, nor (gggg,xxee,"creator")');
    rest = rest.slice(matched.length);
    if (matched.endsWith('.') && rest === '') throw fault('ends with a dot');
    path.push(word === undefined ? privateStep(group!, element!, creator!, fault) : standardStep(word, fault));
  }
  if (path.length > DEEPEST) throw fault(`is inside more than ${DEEPEST - 1} sequences`);
  for (const step of path.slice(0, -1)) {
    if ('tag' in step && vrOf(step.tag) !== 'SQ') throw fault('goes through an attribute that is not a sequence');
  }
  return described(path, configuredVR, caseSensitive, fault);
}

type Fault = (what: string) => SearchAttributeError;

function standardStep(word: string, fault: Fault): AttributeStep {
  const tag = /^[0-9A-Fa-f]{8}$/.test(word) ? word.toUpperCase() : tagOfKeywordInAnyCase(word);
  if (tag === undefined) throw fault('has a keyword that is not in the dictionary');
  if (isPrivate(tag)) throw fault('is private and does not name its creator: write (gggg,xxee,"creator"):VR');
  if (tag < '0008') throw fault('is not part of a data set');
  return { tag };
}

function privateStep(group: string, element: string, creator: string, fault: Fault): AttributeStep {
  if (!isPrivate(group)) throw fault('has a creator, but its group is even');
  return {
    group: group.toUpperCase(),
    element: element.toUpperCase(),
    creator: creator.replaceAll('""', '"').trim(),
  };
}

function described(
  path: readonly AttributeStep[],
  configuredVR: string | undefined,
  caseSensitive: boolean,
  fault: Fault,
): ExtraAttribute {
  const last = path.at(-1)!;
  const known = 'tag' in last ? vrOf(last.tag) : undefined;
  const vr = configuredVR ?? known?.slice(0, 2);
  if (vr === undefined) throw fault('is not in the dictionary and needs a VR, as in :LO');
  if (known !== undefined && configuredVR !== undefined && !known.split(' or ').includes(configuredVR)) {
    throw fault(`has the VR ${known}`);
  }
  const usual = MATCHING[vr];
  if (usual === undefined) {
    throw fault(
      vr === 'SQ' ? 'is a sequence: name an attribute inside it' : `has the VR ${vr}, which cannot be searched`,
    );
  }
  const matching = usual === 'caseless' && caseSensitive ? 'text' : usual;
  // Folded text is another form of the same values.
  const form = matching === 'caseless' ? `${COMPARABLE_FORM}-caseless` : COMPARABLE_FORM;
  const name = `${path.map(stepText).join('.')}:${vr}/${form}`;
  return { name, path, level: levelOf('tag' in path[0]! ? path[0].tag : stepText(path[0]!)), vr, matching };
}

/** How values are compared, by VR (PS3.4 C.2.2.2). VRs that hold bytes have no matching. */
const MATCHING: Readonly<Record<string, Matching>> = {
  ...Object.fromEntries(['AE', 'AS', 'AT', 'CS', 'UR'].map((vr) => [vr, 'text'])),
  ...Object.fromEntries(['LO', 'LT', 'SH', 'ST', 'UC', 'UT'].map((vr) => [vr, 'caseless'])),
  ...Object.fromEntries(['DS', 'FD', 'FL', 'IS', 'SL', 'SS', 'SV', 'UL', 'US', 'UV'].map((vr) => [vr, 'decimal'])),
  DA: 'date',
  DT: 'datetime',
  PN: 'name',
  TM: 'time',
  UI: 'uid',
};

function stepText(step: AttributeStep): string {
  return 'tag' in step ? step.tag : `(${step.group},xx${step.element},"${step.creator.replaceAll('"', '""')}")`;
}

function pathText(path: readonly AttributeStep[]): string {
  return path.map(stepText).join('.');
}

/** The attribute as the configuration names it, by keywords. */
export function attributeLabel({ path }: ExtraAttribute): string {
  return path.map((step) => ('tag' in step && keywordOfTag(step.tag)) || stepText(step)).join('.');
}

function isRequestAttributes(step: AttributeStep | undefined): boolean {
  return step !== undefined && 'tag' in step && step.tag === TAG.requestAttributesSequence;
}

/**
 * The standard's two keys inside Request Attributes Sequence. They are indexed like extra attributes as soon as another
 * attribute of that sequence is, so that a search can match all of them in one item (PS3.4 C.2.2.2.6).
 */
function requestKeys(caseSensitive: boolean): readonly ExtraAttribute[] {
  return ['ScheduledProcedureStepID', 'RequestedProcedureID'].map((keyword) =>
    extraAttribute(`RequestAttributesSequence.${keyword}`, caseSensitive),
  );
}

/** A standard's key as an extra attribute, when it can be indexed beside others of its sequence. */
export function requestKey(path: string, caseSensitive: boolean): SearchKey | undefined {
  const attribute = requestKeys(caseSensitive).find((each) => pathText(each.path) === path);
  return attribute && keyOf(path, [attribute]);
}

/**
 * The key that a path names: one of the standard's, or a configured attribute. A private attribute is named by its tag
 * in any block. When the query names the creator of the block, only the attribute of that creator is meant.
 * @param path tags of eight upper-case hexadecimal digits, joined by dots
 * @param creators values of the query's private creator elements (gggg,00bb), by their paths
 */
export function findKey(
  path: string,
  extras: readonly ExtraAttribute[],
  creators: ReadonlyMap<string, string> = new Map(),
): SearchKey | undefined {
  const standard = searchKey(path);
  if (standard !== undefined) return standard;
  const tags = path.split('.');
  const named = extras.filter(
    (extra) => extra.path.length === tags.length && extra.path.every((step, at) => isNamed(step, tags, at, creators)),
  );
  return keyOf(path, named);
}

function isNamed(
  step: AttributeStep,
  tags: readonly string[],
  at: number,
  creators: ReadonlyMap<string, string>,
): boolean {
  const tag = tags[at]!;
  if ('tag' in step) return tag === step.tag;
  const reserved = creatorTagOf(tag);
  if (reserved === undefined || !tag.startsWith(step.group) || !tag.endsWith(step.element)) return false;
  const creator = creators.get([...tags.slice(0, at), reserved].join('.'));
  return creator === undefined || creator === step.creator;
}

/** One tag may mean attributes of different creators. They are one key when they are matched in the same way. */
function keyOf(path: string, attributes: readonly ExtraAttribute[]): SearchKey | undefined {
  const [first] = attributes;
  if (first === undefined) return undefined;
  const { level, vr, matching } = first;
  const alike = attributes.filter((each) => each.matching === matching && each.level === level);
  const sequence = first.path.slice(0, -1).map(stepText);
  return { path, level, vr, matching, source: { kind: 'extra', names: alike.map(({ name }) => name), sequence } };
}
