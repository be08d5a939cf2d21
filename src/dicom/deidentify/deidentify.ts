import { vrOf } from '../dictionary/dictionary';
import { isPrivate } from '../dictionary/private-blocks';
import type { DicomJson, DicomJsonAttribute, DicomJsonValue } from '../json/json-model';
import { vrOfName } from '../values/value-representations';
import { actionOf } from './deidentify-table';
import { derivedUIDs, isRegisteredUID } from './derived-uid';
import { codeItem, dummyAttribute, dummyContentItem } from './dummy-value';

/** Options of `deidentify`. */
export interface DeidentifyOptions {
  /**
   * A secret of this archive. UIDs are derived with it, so that references between its answers remain valid and nobody
   * else can reverse the derivation.
   */
  readonly secret: Uint8Array;
}

const CONTENT_SEQUENCE = '0040A730';
const TEXT_VALUE = '0040A160';

/**
 * VRs whose values are never kept: PS3.15 E.3.6 requires this of dates and times, whether they are in the table or not.
 */
const IDENTIFYING: ReadonlySet<string> = new Set(['PN', 'DA', 'DT', 'TM']);

/**
 * Returns a data set from which everything that could identify the patient and other persons is removed: the Basic
 * Application Level Confidentiality Profile (PS3.15 E.2, table E.1-1), as WADO-URI's `anonymize=yes` requests (PS3.18
 * 9.4.1.2.1). Items of sequences are treated like the data set. An action that depends on the attribute's type in its
 * IOD is resolved to an action that every type allows: X/Z to Z; Z/D, X/D and X/Z/D to D; X/Z/U* to the items with
 * other UIDs.
 *
 * In addition to the table, all other names, dates and times are replaced, and attributes of private groups and
 * attributes that are not in PS3.6 are removed. UIDs that PS3.6 registers stay. A sequence that must have items keeps
 * them with their text replaced; the content of a structured report becomes one text item. Pixel data and waveforms
 * stay: this function does not detect text burned into the image or recognisable features.
 *
 * @returns another data set, which may share unchanged attributes with the given one
 */
export async function deidentify(dataSet: DicomJson, options: DeidentifyOptions): Promise<DicomJson> {
  const replacement = new Replacement();
  const result = replacement.dataSet(dataSet, false);
  await replacement.deriveUIDs(options.secret);
  return Object.assign(result, statements(dataSet));
}

/** A place where a derived UID will be written. */
interface Place {
  readonly values: (DicomJsonValue | null)[];
  readonly at: number;
}

class Replacement {
  readonly #places = new Map<string, Place[]>();

  /** @param inDummy the data set is an item of a sequence whose values are replaced by dummies */
  dataSet(dataSet: DicomJson, inDummy: boolean): DicomJson {
    const result: DicomJson = {};
    for (const [tag, attribute] of Object.entries(dataSet)) {
      const replaced = this.#attribute(tag, attribute, inDummy);
      if (replaced !== undefined) result[tag] = replaced;
    }
    return result;
  }

  /**
   * Derives the UIDs and writes them into their places. The places are known only after the whole data set has been
   * read.
   */
  async deriveUIDs(secret: Uint8Array): Promise<void> {
    const uids = [...this.#places.keys()];
    const derived = await derivedUIDs(uids, secret);
    for (const [index, uid] of uids.entries()) {
      for (const { values, at } of this.#places.get(uid)!) values[at] = derived[index]!;
    }
  }

  /** @returns undefined when the attribute is removed */
  #attribute(tag: string, attribute: DicomJsonAttribute, inDummy: boolean): DicomJsonAttribute | undefined {
    const standardVr = vrOf(tag);
    const action = actionOf(tag);
    if (isPrivate(tag) || (standardVr === undefined && action === undefined)) return undefined;
    // A sequence that was given as bytes hides the contents of its items.
    if (standardVr === 'SQ' && attribute.vr !== 'SQ') return undefined;
    const vr = attribute.vr === 'UN' && vrOfName(standardVr ?? '') ? standardVr! : attribute.vr;
    switch (action) {
      case 'X':
        return undefined;
      case 'Z':
      case 'X/Z':
        return { vr };
      case 'U':
        return this.#otherUIDs(attribute);
      case 'X/Z/U*':
        return this.#items(attribute, inDummy);
      case undefined:
        if (IDENTIFYING.has(vr) || IDENTIFYING.has(standardVr ?? '') || tag === TEXT_VALUE) {
          return this.#dummy(tag, vr, attribute);
        }
        return this.#unlisted(tag, vr, attribute, inDummy);
      default:
        return this.#dummy(tag, vr, attribute);
    }
  }

  #unlisted(tag: string, vr: string, attribute: DicomJsonAttribute, inDummy: boolean): DicomJsonAttribute {
    if (vr === 'SQ') return this.#items(attribute, inDummy);
    // Numbers and defined terms are needed to interpret the items, so they stay.
    const telling = inDummy && vr !== 'CS' && vr !== 'AT' && !vrOfName(vr)?.kind.startsWith('number');
    return telling ? this.#dummy(tag, vr, attribute) : attribute;
  }

  /** Action D. An attribute without a value stays empty. */
  #dummy(tag: string, vr: string, attribute: DicomJsonAttribute): DicomJsonAttribute {
    if (!hasValue(attribute)) return { vr };
    if (vr === 'UI') return this.#otherUIDs(attribute);
    if (vr !== 'SQ') return dummyAttribute(vr);
    return tag === CONTENT_SEQUENCE ? { vr, Value: [dummyContentItem()] } : this.#items(attribute, true);
  }

  #items(attribute: DicomJsonAttribute, inDummy: boolean): DicomJsonAttribute {
    if (attribute.Value === undefined) return { vr: 'SQ' };
    const items = attribute.Value.map((item) =>
      item !== null && typeof item === 'object' ? this.dataSet(item as DicomJson, inDummy) : null,
    );
    return { vr: 'SQ', Value: items };
  }

  /** Action U. */
  #otherUIDs({ vr, Value }: DicomJsonAttribute): DicomJsonAttribute {
    // A value given as bytes is not parsed.
    if (vr !== 'UI' || Value === undefined) return { vr: 'UI' };
    const values = Value.map((uid) => (typeof uid === 'string' && isRegisteredUID(uid) ? uid : null));
    for (const [at, uid] of Value.entries()) {
      if (typeof uid !== 'string' || uid === '' || isRegisteredUID(uid)) continue;
      const places = this.#places.get(uid);
      if (places === undefined) this.#places.set(uid, [{ values, at }]);
      else places.push({ values, at });
    }
    return { vr, Value: values };
  }
}

function hasValue({ Value, BulkDataURI, InlineBinary }: DicomJsonAttribute): boolean {
  return Boolean(Value?.some((value) => value !== null) || BulkDataURI !== undefined || InlineBinary);
}

const METHOD_CODES = '00120064';
const METHOD = codeItem('113100', 'DCM', 'Basic Application Confidentiality Profile');

/**
 * PS3.15 E.1.1: the attributes that state that the data set was de-identified, and how. Statements about earlier
 * de-identification, by the codes of CID 7050, are kept.
 */
function statements(dataSet: DicomJson): DicomJson {
  const before = (dataSet[METHOD_CODES]?.Value ?? []).map(methodOf).filter((code) => code !== undefined);
  const earlier = before.filter((code) => code !== '113100').map((code) => codeItem(code, 'DCM', METHODS[code]!));
  return {
    '00120062': { vr: 'CS', Value: ['YES'] },
    '00120063': { vr: 'LO', Value: ['DICOM PS3.15 Basic Application Level Confidentiality Profile'] },
    [METHOD_CODES]: { vr: 'SQ', Value: [METHOD, ...earlier] },
    // PS3.15 E.2: dates and times are neither kept nor shifted.
    '00280303': { vr: 'CS', Value: ['REMOVED'] },
  };
}

/** PS3.16 CID 7050, without the options whose effect this profile undoes. */
const METHODS: Readonly<Record<string, string>> = {
  '113100': 'Basic Application Confidentiality Profile',
  '113101': 'Clean Pixel Data Option',
  '113102': 'Clean Recognizable Visual Features Option',
  '113103': 'Clean Graphics Option',
};

function methodOf(item: DicomJsonValue | null): string | undefined {
  if (item === null || typeof item !== 'object') return undefined;
  const { '00080100': value, '00080102': scheme } = item as DicomJson;
  const code = value?.Value?.[0];
  const known = typeof code === 'string' && scheme?.Value?.[0] === 'DCM' && Object.hasOwn(METHODS, code);
  return known ? code : undefined;
}
