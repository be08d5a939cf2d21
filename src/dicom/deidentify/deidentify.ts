import { vrOf } from '../dictionary/dictionary';
import { isPrivate } from '../dictionary/private-blocks';
import type { DicomJson, DicomJsonAttribute, DicomJsonValue } from '../json/json-model';
import { vrOfName } from '../values/value-representations';
import { actionOf } from './deidentify-table';
import { derivedUIDs, isRegisteredUID } from './derived-uid';
import { codeItem, dummyAttribute, dummyContentItem } from './dummy-value';

export interface DeidentifyOptions {
  /** Of the archive alone: UIDs are derived with it, so that references among its answers hold and none can be undone. */
  readonly secret: Uint8Array;
}

const CONTENT_SEQUENCE = '0040A730';
const TEXT_VALUE = '0040A160';

/** VRs of what no attribute may keep: PS3.15 E.3.6 asks it of dates and times, listed or not. */
const IDENTIFYING: ReadonlySet<string> = new Set(['PN', 'DA', 'DT', 'TM']);

/**
 * A data set with what could identify the patient and others removed: the Basic Application Level Confidentiality
 * Profile (PS3.15 E.2, table E.1-1), as WADO-URI's `anonymize=yes` asks (PS3.18 9.4.1.2.1). Items of sequences are
 * treated as the data set is. An action that depends on the attribute's type in its IOD is resolved to what every type
 * allows: X/Z to Z; Z/D, X/D and X/Z/D to D; X/Z/U* to the items with other UIDs.
 *
 * Beyond the table, names, dates and times that it does not list are replaced, and attributes of private groups or that
 * PS3.6 does not know are removed. UIDs that PS3.6 registers stay. A sequence that must have items keeps them, their
 * text replaced; the content of a structured report becomes one item of text. Pixel data and waveforms stay: what is
 * burned in or can be recognised in them is not seen here.
 *
 * @returns another data set, which may share with the given one the attributes that stay as they are
 */
export async function deidentify(dataSet: DicomJson, options: DeidentifyOptions): Promise<DicomJson> {
  const replacement = new Replacement();
  const result = replacement.dataSet(dataSet, false);
  await replacement.deriveUIDs(options.secret);
  return Object.assign(result, statements(dataSet));
}

/** A place where a derived UID comes to stand. */
interface Place {
  readonly values: (DicomJsonValue | null)[];
  readonly at: number;
}

class Replacement {
  readonly #places = new Map<string, Place[]>();

  /** @param inDummy an item of a sequence whose values are to be dummies */
  dataSet(dataSet: DicomJson, inDummy: boolean): DicomJson {
    const result: DicomJson = {};
    for (const [tag, attribute] of Object.entries(dataSet)) {
      const replaced = this.#attribute(tag, attribute, inDummy);
      if (replaced !== undefined) result[tag] = replaced;
    }
    return result;
  }

  /** Puts the UIDs in their places, of which it knows only after all of the data set. */
  async deriveUIDs(secret: Uint8Array): Promise<void> {
    const uids = [...this.#places.keys()];
    const derived = await derivedUIDs(uids, secret);
    for (const [index, uid] of uids.entries()) {
      for (const { values, at } of this.#places.get(uid)!) values[at] = derived[index]!;
    }
  }

  /** @returns undefined when it is removed */
  #attribute(tag: string, attribute: DicomJsonAttribute, inDummy: boolean): DicomJsonAttribute | undefined {
    const standardVr = vrOf(tag);
    const action = actionOf(tag);
    if (isPrivate(tag) || (standardVr === undefined && action === undefined)) return undefined;
    // A sequence that came as bytes hides what its items hold.
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
    // Numbers and defined terms are what the items are read by.
    const telling = inDummy && vr !== 'CS' && vr !== 'AT' && !vrOfName(vr)?.kind.startsWith('number');
    return telling ? this.#dummy(tag, vr, attribute) : attribute;
  }

  /** Action D; what has no value needs none. */
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
    // Bytes are not taken apart.
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

/** PS3.15 E.1.1: that this was done, and how. What was done before, by the codes of CID 7050, stays said. */
function statements(dataSet: DicomJson): DicomJson {
  const before = (dataSet[METHOD_CODES]?.Value ?? []).map(methodOf).filter((code) => code !== undefined);
  const earlier = before.filter((code) => code !== '113100').map((code) => codeItem(code, 'DCM', METHODS[code]!));
  return {
    '00120062': { vr: 'CS', Value: ['YES'] },
    '00120063': { vr: 'LO', Value: ['DICOM PS3.15 Basic Application Level Confidentiality Profile'] },
    [METHOD_CODES]: { vr: 'SQ', Value: [METHOD, ...earlier] },
    // PS3.15 E.2: neither kept nor shifted.
    '00280303': { vr: 'CS', Value: ['REMOVED'] },
  };
}

/** PS3.16 CID 7050, without the options whose outcome this profile undoes. */
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
