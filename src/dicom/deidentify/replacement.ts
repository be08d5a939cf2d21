import { vrOf } from '../dictionary/dictionary';
import { isPrivate } from '../dictionary/private-blocks';
import type { DicomJson, DicomJsonAttribute, DicomJsonValue } from '../json/json-model';
import { vrOfName } from '../values/value-representations';
import { hasOnlyNumbers, hasValue, isWellFormed } from './attribute-values';
import { hasClassUIDs } from './class-uids';
import { cleanCode, isIdentifyingItem } from './clean-content';
import { cleanText } from './clean-text';
import type { Deidentification, Pseudonym } from './deidentification';
import { optionActionOf } from './deidentify-options';
import { actionOf } from './deidentify-table';
import { codeItem, dummyAttribute, dummyContentItem } from './dummy-value';
import type { PersonalWords } from './personal-words';
import { safePrivateTags } from './safe-private';
import { shiftedDate } from './shifted-date';

const PATIENT_NAME = '00100010';
const PATIENT_ID = '00100020';
const REFERENCED_STUDY = '00081110';
const ACCESSION_NUMBER = '00080050';
const CONCEPT_NAME = '0040A043';
const CONCEPT_CODE = '0040A168';
const CONTENT_SEQUENCE = '0040A730';
const TEXT_VALUE = '0040A160';
const VALUE_TYPE = '0040A040';
const MEASURED_VALUE = '0040A300';
const REFERENCED_ITEM = '0040DB73';

/**
 * VRs whose values are never kept by the Basic Profile: PS3.15 E.3.6 requires this of dates and times, whether they are
 * in the table or not.
 */
const IDENTIFYING: ReadonlySet<string> = new Set(['PN', 'DA', 'DT', 'TM']);

/**
 * The table lacks some texts that people write, such as Document Title (0042,0010) and Content Description (0070,0081).
 * They are treated like the descriptors that it has.
 */
const FREE_TEXT: ReadonlySet<string> = new Set(['ST', 'LT', 'UT', 'UR']);
const CONTENT_DESCRIPTION = '00700081';

/** Other texts that the table lacks, such as the name of a protocol or of a coil, stay without the words that name a person. */
const SHORT_TEXT: ReadonlySet<string> = new Set(['AE', 'LO', 'SH', 'UC']);

/** Specific Character Set, Modality, Photometric Interpretation: without these terms the rest cannot be read. */
const TERMS_THAT_STAY: ReadonlySet<string> = new Set(['00080005', '00080060', '00280004']);

/** Descriptors that are sequences of ordinary items. The other ones have codes. */
const DESCRIBED_ITEMS: ReadonlySet<string> = new Set(['00400275', '30100081']);

/** Private Data Element Characteristics Sequence describes private attributes that are removed. */
const PRIVATE_CHARACTERISTICS = '00080300';

/**
 * One de-identification of one data set. Replacements that need the key are written into their places by `finish`.
 *
 * An action that depends on the attribute's type in its IOD is resolved to an action that every type allows: X/Z to Z;
 * Z/D, X/D and X/Z/D to D; X/Z/U* to the items with other UIDs.
 */
export class Replacement {
  readonly #by: Deidentification;
  readonly #patient: Pseudonym;
  readonly #names: PersonalWords;
  readonly #open: (() => Promise<void>)[] = [];

  /** @param names words of persons, which no cleaned or short text keeps */
  constructor(by: Deidentification, patient: Pseudonym, names: PersonalWords) {
    this.#by = by;
    this.#patient = patient;
    this.#names = names;
  }

  /** Derives what `dataSet` left open. One after another, because promises for all UIDs at once would take more memory. */
  async finish(): Promise<void> {
    for (const write of this.#open) await write();
  }

  /** @param inDummy the data set is an item of a sequence whose values are replaced by dummies */
  dataSet(dataSet: DicomJson, inDummy: boolean): DicomJson {
    const safe = this.#by.options.retainSafePrivate ? safePrivateTags(dataSet) : undefined;
    const result: DicomJson = {};
    for (const [tag, attribute] of Object.entries(dataSet)) {
      const replaced = isPrivate(tag)
        ? safe?.has(tag) && !inDummy
          ? this.#safePrivate(attribute)
          : undefined
        : this.#attribute(tag, attribute, inDummy);
      if (replaced !== undefined) result[tag] = replaced;
    }
    return result;
  }

  /** @returns undefined when the attribute is removed */
  #attribute(tag: string, attribute: DicomJsonAttribute, inDummy: boolean): DicomJsonAttribute | undefined {
    const standardVr = vrOf(tag);
    const action = actionOf(tag);
    if ((standardVr === undefined && action === undefined) || tag === PRIVATE_CHARACTERISTICS) return undefined;
    // A sequence that was given as bytes hides the contents of its items.
    if (standardVr === 'SQ' && attribute.vr !== 'SQ') return undefined;
    const vr = attribute.vr === 'UN' && vrOfName(standardVr ?? '') ? standardVr! : attribute.vr;
    const identifier = this.#identifier(tag, attribute);
    if (identifier !== undefined) return identifier;
    const byOption = standardVr?.includes(attribute.vr) ? this.#byOption(tag, attribute, action === 'U') : undefined;
    if (byOption !== undefined) return byOption;
    switch (action) {
      case 'X':
        return undefined;
      case 'Z':
      case 'X/Z':
        // An empty Referenced Study Sequence is not allowed where it is optional; its items only have UIDs.
        return tag === REFERENCED_STUDY ? this.#items(attribute, true) : { vr };
      case 'U':
        return vr === 'UI' ? this.#otherUIDs(attribute) : { vr: 'UI' };
      case 'X/Z/U*':
        return this.#items(attribute, inDummy);
      case undefined:
        if (vr === 'UI' && hasClassUIDs(tag)) return hasOnlyNumbers(attribute) ? attribute : this.#otherUIDs(attribute);
        if (IDENTIFYING.has(vr) || IDENTIFYING.has(standardVr ?? '') || tag === TEXT_VALUE) {
          return this.#dummy(tag, vr, attribute);
        }
        return this.#unlisted(tag, vr, attribute, inDummy);
      default:
        return this.#dummy(tag, vr, attribute);
    }
  }

  /** The attributes by which patients and orders are told apart get pseudonyms, which Z and D allow (E.1.1). */
  #identifier(tag: string, attribute: DicomJsonAttribute): DicomJsonAttribute | undefined {
    if (!hasValue(attribute)) return undefined;
    const { patientID } = this.#patient;
    if (tag === PATIENT_ID) return { vr: 'LO', Value: [patientID] };
    if (tag === PATIENT_NAME) return { vr: 'PN', Value: [{ Alphabetic: patientID }] };
    const value = attribute.Value?.[0];
    if (tag !== ACCESSION_NUMBER || typeof value !== 'string') return undefined;
    const values: (DicomJsonValue | null)[] = [null];
    this.#open.push(async () => {
      values[0] = await this.#by.accessionNumber(value);
    });
    return { vr: 'SH', Value: values };
  }

  /** @returns undefined when the options leave the attribute to the Basic Profile, or nothing of its value is kept */
  #byOption(tag: string, attribute: DicomJsonAttribute, isUID: boolean): DicomJsonAttribute | undefined {
    const { vr, Value } = attribute;
    switch (optionActionOf(tag, vr, isUID, this.#by.options)) {
      case 'keep':
        if (vr === 'SQ') return this.#items(attribute, false);
        return isWellFormed(attribute) ? this.#withOwnURI(attribute) : undefined;
      case 'shift': {
        const moved = Value?.map((value) => (value === null ? null : shiftedDate(String(value), this.#patient.days)));
        return moved?.some((value) => value === undefined) === false
          ? { vr, Value: moved as (string | null)[] }
          : undefined;
      }
      case 'clean':
        return vr === 'SQ' ? this.#cleanItems(tag, attribute) : this.#cleanTexts(attribute);
      case undefined:
        return undefined;
    }
  }

  #cleanTexts({ vr, Value }: DicomJsonAttribute): DicomJsonAttribute | undefined {
    const texts = (Value ?? []).map((value) => (typeof value === 'string' ? cleanText(value, this.#names) : ''));
    return texts.some((text) => text !== '') ? { vr, Value: texts.map((text) => text || null) } : undefined;
  }

  #cleanItems(tag: string, attribute: DicomJsonAttribute): DicomJsonAttribute | undefined {
    if (DESCRIBED_ITEMS.has(tag)) return this.#items(attribute, false);
    const { Value = [] } = attribute;
    const items = this.#by.options.cleanStructuredContent
      ? Value.map((item) => this.#contentItem(item) ?? cleanCode(item, this.#names))
      : Value.map((item) => cleanCode(item, this.#names));
    const kept = items.filter((item) => item !== undefined);
    return kept.length === 0 ? undefined : { vr: 'SQ', Value: kept };
  }

  /** A content item (PS3.3 C.17.3) with clean text and codes, and with its own items cleaned like it. */
  #contentItem(item: DicomJsonValue | null): DicomJson | undefined {
    if (item === null || typeof item !== 'object') return undefined;
    const before = item as DicomJson;
    // An item by reference names the position of another item (C.17.3.2.5), so no item is left out.
    if (before[REFERENCED_ITEM] !== undefined) return this.dataSet(before, false);
    if (before[VALUE_TYPE] === undefined) return undefined;
    const identifying = isIdentifyingItem(before);
    const after = this.dataSet(before, identifying);
    if (identifying && before[MEASURED_VALUE] !== undefined) after[MEASURED_VALUE] = { vr: 'SQ' };
    for (const [tag, otherwise] of [
      [CONCEPT_NAME, codeItem('121071', 'DCM', 'Finding')],
      [CONCEPT_CODE, codeItem('261665006', 'SCT', 'Unknown')],
    ] as const) {
      if (before[tag] !== undefined) {
        const code = before[tag].Value?.[0] ?? null;
        const isKept = tag === CONCEPT_NAME || !identifying;
        after[tag] = { vr: 'SQ', Value: [(isKept && cleanCode(code, this.#names)) || otherwise] };
      }
    }
    const text = before[TEXT_VALUE];
    if (text !== undefined && hasValue(text)) {
      after[TEXT_VALUE] = (!identifying && this.#cleanTexts(text)) || dummyAttribute(text.vr);
    }
    return after;
  }

  /** An attribute that the table does not have. */
  #unlisted(tag: string, vr: string, attribute: DicomJsonAttribute, inDummy: boolean): DicomJsonAttribute | undefined {
    if (vr === 'SQ') return this.#items(attribute, inDummy);
    const kind = vrOfName(vr)?.kind ?? 'bytes';
    // Numbers and defined terms are needed to interpret the items, so they stay.
    if (inDummy && vr !== 'CS' && vr !== 'AT' && !kind.startsWith('number')) return this.#dummy(tag, vr, attribute);
    // A text cannot be where PS3.6 has no such text, and a text outside the data set is too long to be one of a standard
    // attribute that does not identify.
    const isText = kind === 'text' || kind === 'name';
    if (isText && !vrOf(tag)?.includes(vr)) return undefined;
    if (isText && attribute.BulkDataURI !== undefined) return dummyAttribute(vr);
    if (FREE_TEXT.has(vr) || tag === CONTENT_DESCRIPTION) {
      return (this.#by.options.cleanDescriptors && this.#cleanTexts(attribute)) || this.#dummy(tag, vr, attribute);
    }
    if (kind === 'number-text' && !isWellFormed(attribute)) return dummyAttribute(vr);
    if (SHORT_TEXT.has(vr)) return this.#withoutPersons(attribute);
    if (vr === 'CS' && !TERMS_THAT_STAY.has(tag)) return this.#withoutPersonalTerms(attribute);
    return this.#withOwnURI(attribute);
  }

  /** A short text without the words that name a person: a protocol may have been named after a patient. */
  #withoutPersons(attribute: DicomJsonAttribute): DicomJsonAttribute {
    const { vr, Value } = attribute;
    const texts = Value?.map((value) => (typeof value === 'string' ? this.#names.removedFrom(value) : value));
    if (texts === undefined || texts.every((text, at) => text === Value?.[at])) return this.#withOwnURI(attribute);
    return texts.some((text) => text !== '') ? { vr, Value: texts.map((text) => text || null) } : dummyAttribute(vr);
  }

  /** Terms in which a person is named, which no standard defines. A part of a term would be another term. */
  #withoutPersonalTerms(attribute: DicomJsonAttribute): DicomJsonAttribute {
    const { vr, Value } = attribute;
    const terms = Value?.map((value) =>
      typeof value !== 'string' || this.#names.removedFrom(value) === value ? value : null,
    );
    return terms === undefined || terms.every((term, at) => term === Value?.[at]) ? attribute : { vr, Value: terms };
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

  /** Such attributes hold numbers, terms and UIDs. */
  #safePrivate(attribute: DicomJsonAttribute): DicomJsonAttribute {
    return attribute.vr === 'UI' && !this.#by.options.retainUIDs ? this.#otherUIDs(attribute) : attribute;
  }

  /** Action U. A UID that is given as bytes is not parsed. */
  #otherUIDs({ Value }: DicomJsonAttribute): DicomJsonAttribute {
    if (Value === undefined) return { vr: 'UI' };
    const values: (DicomJsonValue | null)[] = Value.map(() => null);
    for (const [at, uid] of Value.entries()) {
      if (typeof uid !== 'string' || uid === '') continue;
      this.#open.push(async () => {
        values[at] = await this.#by.otherUID(uid);
      });
    }
    return { vr: 'UI', Value: values };
  }

  /** The attribute; a BulkDataURI of an instance names the instance by its other UIDs. */
  #withOwnURI(attribute: DicomJsonAttribute): DicomJsonAttribute {
    const [, base, study, series, instance, rest] = INSTANCE_URI.exec(attribute.BulkDataURI ?? '') ?? [];
    if (study === undefined || series === undefined || instance === undefined) return attribute;
    const named = { ...attribute };
    this.#open.push(async () => {
      const [a, b, c] = [await this.#by.uid(study), await this.#by.uid(series), await this.#by.uid(instance)];
      named.BulkDataURI = `${base}/studies/${a}/series/${b}/instances/${c}${rest}`;
    });
    return named;
  }
}

const INSTANCE_URI = /^(.*)\/studies\/([^/]+)\/series\/([^/]+)\/instances\/([^/]+)(\/.*)$/;
