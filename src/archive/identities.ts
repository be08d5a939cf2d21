export interface SeriesIdentity {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
}

export interface InstanceIdentity extends SeriesIdentity {
  readonly sopInstanceUID: string;
}

/** A study, a series of it, or an instance of that. */
export interface Scope {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID?: string | undefined;
  readonly sopInstanceUID?: string | undefined;
}
