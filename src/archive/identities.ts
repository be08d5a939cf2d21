/** The UIDs that identify a series. */
export interface SeriesIdentity {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
}

/** The UIDs that identify an instance. One SOP Instance UID in two series identifies two instances. */
export interface InstanceIdentity extends SeriesIdentity {
  readonly sopInstanceUID: string;
}

/** A study, a series of it, or an instance of that series. */
export interface Scope {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID?: string | undefined;
  readonly sopInstanceUID?: string | undefined;
}
