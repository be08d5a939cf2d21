import type { DicomJson } from '../../dicom/json/json-model';
import type { InstanceIdentity, SeriesIdentity } from '../identities';
import type { ExtraValue } from './extra-values';

/** Values of the extra attributes of one group of entities, in the form in which they go to the index. */
export interface ValueGroup {
  /** Names of the indexed attributes: an entity without a value for one of them has no value. */
  readonly names: readonly string[];
  readonly studies: readonly DescribedValues<{ readonly studyInstanceUID: string }>[];
  readonly series: readonly DescribedValues<SeriesIdentity>[];
  readonly instances: readonly InstanceValues[];
  /** Series whose instances' values are missing here and have to be indexed again. */
  readonly unindexed: readonly SeriesIdentity[];
}

/**
 * Values of a study or series. They count only when these attributes describe it, and not those of another instance.
 */
export type DescribedValues<Identity> = Identity & {
  readonly attributes: DicomJson;
  readonly values: readonly ExtraValue[];
};

/** Values of an instance. They count only when this version of the instance does. */
export interface InstanceValues extends InstanceIdentity {
  readonly version: string;
  readonly values: readonly ExtraValue[];
}
