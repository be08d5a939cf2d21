import { DEFAULT_READER_LIMITS } from '../data-set/reader-limits';
import { impliedVrName } from '../dictionary/implied-vr';
import { DicomError } from '../errors';
import { finished, Progress, type Steps } from '../steps';
import { parsePersonName, writePersonName } from '../values/person-name';
import { type ValueRepresentation, vrOfName } from '../values/value-representations';
import type { DicomJson, DicomJsonAttribute, DicomJsonValue } from './json-model';

/**
 * Reads the data sets in a client's metadata (PS3.18 F.2, F.4), which may be any JSON value. A single object counts as
 * an array of one; tags may be in lower case; a VR that is absent is taken from the dictionary.
 *
 * @param parsed the result of JSON.parse
 * @returns data sets of the model: tags in upper case, at most one of Value, BulkDataURI and InlineBinary
 * @throws DicomError `malformed`, naming the attribute, for anything that is not a data set; `too-large` when sequences
 * nest too deep
 */
export function readDicomJson(parsed: unknown): DicomJson[] {
  const dataSets = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
  return dataSets.map((dataSet) => finished(readDicomJsonSteps(dataSet)));
}

/**
 * Reads one data set of any length, piece by piece.
 * @param progress of all data sets that are read one after the other
 */
export function readDicomJsonSteps(dataSet: unknown, progress = new Progress()): Steps<DicomJson> {
  return readDataSet(dataSet, { sequence: undefined, depth: 0, signed: false, progress });
}

/** What is around a data set. */
interface Around {
  /** The attribute that contains the item. */
  readonly sequence: string | undefined;
  readonly depth: number;
  /** Numbers are signed, unless the data set says otherwise. */
  readonly signed: boolean;
  readonly progress: Progress;
}

type Members = Record<string, unknown>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of the object itself, not one that it inherits from Object.prototype. */
function own(object: Members, name: string): unknown {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return value === null ? undefined : value;
}

function malformed(message: string, tag?: string): DicomError {
  return new DicomError('malformed', message, tag);
}

function* readDataSet(value: unknown, around: Around): Steps<DicomJson> {
  const { sequence, depth, progress } = around;
  if (!isObject(value)) throw malformed('a data set is not an object', sequence);
  if (depth > DEFAULT_READER_LIMITS.maxDepth) throw new DicomError('too-large', 'sequences nest too deep', sequence);
  const signed = isSigned(value, around.signed);
  const dataSet: DicomJson = {};
  for (const [name, raw] of Object.entries(value)) {
    if (!/^[0-9A-Fa-f]{8}$/.test(name)) throw malformed('an attribute is not named by a tag', sequence);
    const tag = name.toUpperCase();
    if (tag.startsWith('FFFE')) throw malformed('a delimiter is not an attribute', tag);
    if (Object.hasOwn(dataSet, tag)) throw malformed('an attribute occurs twice', tag);
    const { vr, attribute, values } = readAttribute(tag, raw, signed);
    dataSet[tag] = attribute;
    if (progress.due()) yield;
    if (values === undefined) continue;
    attribute.Value = [];
    for (const one of values) {
      if (vr.kind !== 'sequence') attribute.Value.push(readValue(tag, vr, one));
      // An item without attributes is an empty object (PS3.18 F.2.5). For other VRs, an empty value is null.
      else attribute.Value.push(yield* readDataSet(one ?? {}, { sequence: tag, depth: depth + 1, signed, progress }));
      if (progress.due()) yield;
    }
  }
  return dataSet;
}

/**
 * Whether numbers are signed: Pixel Representation (0028,0103) of the data set, or of the nearest one around it. In XML it is
 * text, like all values.
 */
function isSigned(dataSet: Members, around: boolean): boolean {
  const attribute = own(dataSet, '00280103');
  const values = isObject(attribute) ? own(attribute, 'Value') : undefined;
  return Array.isArray(values) ? Number(values[0]) === 1 : around;
}

/** Reads an attribute without its values, which it returns as they are. */
function readAttribute(
  tag: string,
  attribute: unknown,
  signed: boolean,
): { vr: ValueRepresentation; attribute: DicomJsonAttribute; values?: readonly unknown[] } {
  if (!isObject(attribute)) throw malformed('an attribute is not an object', tag);
  const values = own(attribute, 'Value');
  const uri = own(attribute, 'BulkDataURI');
  const binary = own(attribute, 'InlineBinary');
  if (values !== undefined && !Array.isArray(values)) throw malformed('Value is not an array', tag);
  if (uri !== undefined && typeof uri !== 'string') throw malformed('BulkDataURI is not a string', tag);
  if (binary !== undefined && typeof binary !== 'string') throw malformed('InlineBinary is not a string', tag);
  const filled = values !== undefined && values.length > 0;
  if ([filled, uri !== undefined, binary !== undefined].filter(Boolean).length > 1) {
    throw malformed('only one of Value, BulkDataURI and InlineBinary may be present', tag);
  }
  const vr = readVr(tag, own(attribute, 'vr'), !filled, signed);
  if (uri !== undefined) return { vr, attribute: { vr: vr.name, BulkDataURI: uri } };
  // Encoders of MIME divide base64 into lines (RFC 2045 6.8).
  if (binary !== undefined) return { vr, attribute: { vr: vr.name, InlineBinary: binary.replace(/[\r\n]+/g, '') } };
  return { vr, attribute: { vr: vr.name }, ...(filled && { values: values as unknown[] }) };
}

function readVr(tag: string, name: unknown, binary: boolean, signed: boolean): ValueRepresentation {
  // Some libraries write the dictionary's "US or SS" instead of choosing one of the two.
  const given = typeof name === 'string' && !name.includes(' or ') ? name : undefined;
  if (name !== undefined && typeof name !== 'string') throw malformed('vr is not a string', tag);
  const vr = vrOfName(given ?? impliedVrName(tag, binary, signed) ?? '');
  if (vr === undefined) throw malformed('an attribute has no VR of PS3.5', tag);
  return vr;
}

function readValue(tag: string, vr: ValueRepresentation, value: unknown): DicomJsonValue | null {
  if (value === null) return null;
  if (vr.kind === 'name') return readName(tag, value);
  if (vr.kind === 'number' && typeof value === 'string') return readNumber(vr, value);
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw malformed('a value is not of the type that its VR requires', tag);
}

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/**
 * Reads a number of a binary VR that is given as text, as XML and some writers of JSON do. Text that is not a valid
 * number stays text.
 */
function readNumber(vr: ValueRepresentation, text: string): DicomJsonValue {
  const number = Number(text);
  if (vr.name === 'AT' || !DECIMAL.test(text) || !Number.isFinite(number)) return text;
  return vr.word === 8 && vr.name !== 'FD' && !Number.isSafeInteger(number) ? text.trim() : number;
}

/** Reads a name. It is an object of component groups; older writers give it as text. */
function readName(tag: string, value: unknown): DicomJsonValue {
  if (typeof value === 'string') return parsePersonName(value);
  const text = isObject(value) ? writePersonName(value) : undefined;
  if (text === undefined) throw malformed('a name does not consist of its component groups', tag);
  return parsePersonName(text);
}
