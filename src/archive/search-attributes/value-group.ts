import type { DicomJson } from '../../dicom/json/json-model';
import type { InstanceIdentity, SeriesIdentity } from '../identities';
import type { ExtraValue } from './extra-values';

/** Values of the extra attributes of one group of entities, as they go to the index. */
export interface ValueGroup {
  /** Of the attributes that the values are of: what has no value there has none. */
  readonly names: readonly string[];
  readonly studies: readonly DescribedValues<{ readonly studyInstanceUID: string }>[];
  readonly series: readonly DescribedValues<SeriesIdentity>[];
  readonly instances: readonly InstanceValues[];
  /** Series whose instances' values are missing here: they are to be indexed again. */
  readonly unindexed: readonly SeriesIdentity[];
}

/** Values of a study or series. They count if it is described by these attributes, and not by those of another instance. */
export type DescribedValues<Identity> = Identity & {
  readonly attributes: DicomJson;
  readonly values: readonly ExtraValue[];
};

/** Values of an instance. They count if this version of it does. */
export interface InstanceValues extends InstanceIdentity {
  readonly version: string;
  readonly values: readonly ExtraValue[];
}
