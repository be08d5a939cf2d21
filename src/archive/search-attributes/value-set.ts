import type { ParsedInstance } from '../../dicom/instance/instance-reader';
import type { DicomJson } from '../../dicom/json/json-model';
import type { SeriesRecord, StudyRecord } from '../commit-group';
import type { SeriesIdentity } from '../identities';
import type { QueryLevel } from '../search/search-keys';
import type { ExtraAttribute } from './extra-attributes';
import { extraValues, sourceOfJson, sourceOfTexts } from './extra-values';
import type { InstanceValues, ValueGroup } from './value-group';

/**
 * Characters of values that one request may hold until it is committed. The values of further instances are read again
 * later, from their stored metadata.
 */
const HELD_CHARACTERS = 4 * 1024 * 1024;

/** Characters that a value costs in addition to its text. */
const VALUE_CHARACTERS = 64;

/** Collects the values of the extra attributes of one request's instances. */
export class ValueSet {
  private readonly instances: InstanceValues[] = [];
  private readonly unindexed = new Map<string, SeriesIdentity>();
  private held = 0;

  constructor(private readonly attributes: readonly ExtraAttribute[]) {}

  /** Adds the values of an instance, or remembers its series when the request holds too much already. */
  add(instance: ParsedInstance, version: string): void {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = instance;
    const ofInstances = attributesAt(this.attributes, 'instance');
    if (ofInstances.length === 0) return;
    if (this.held > HELD_CHARACTERS) {
      this.unindexed.set(`${studyInstanceUID}/${seriesInstanceUID}`, { studyInstanceUID, seriesInstanceUID });
      return;
    }
    const values = extraValues(ofInstances, sourceOfTexts(instance.elements));
    for (const { value } of values) this.held += String(value).length + VALUE_CHARACTERS;
    this.instances.push({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, version, values });
  }

  /**
   * The values to be committed with these studies and series.
   * @returns undefined when no attribute is configured
   */
  group(studies: readonly StudyRecord[], series: readonly SeriesRecord[]): ValueGroup | undefined {
    if (this.attributes.length === 0) return undefined;
    return {
      names: this.attributes.map(({ name }) => name),
      studies: studies.map(({ studyInstanceUID, attributes }) => ({
        studyInstanceUID,
        ...describedValues(this.attributes, 'study', attributes),
      })),
      series: series.map(({ studyInstanceUID, seriesInstanceUID, attributes }) => ({
        studyInstanceUID,
        seriesInstanceUID,
        ...describedValues(this.attributes, 'series', attributes),
      })),
      instances: this.instances,
      unindexed: [...this.unindexed.values()],
    };
  }
}

/** The values in the attributes that the index keeps of a study or series. */
export function describedValues(extras: readonly ExtraAttribute[], level: QueryLevel, attributes: DicomJson) {
  return { attributes, values: extraValues(attributesAt(extras, level), sourceOfJson(attributes)) };
}

/** The attributes that describe entities of a level. */
export function attributesAt(attributes: readonly ExtraAttribute[], level: QueryLevel): readonly ExtraAttribute[] {
  return attributes.filter((attribute) => attribute.level === level);
}
