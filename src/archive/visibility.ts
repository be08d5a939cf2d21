/**
 * Which studies of an archive a request can see. For the request, all other studies do not exist: see
 * Archive.confinedTo.
 */
export type Visibility = 'everything' | readonly VisibleStudies[];

/**
 * One set of studies. All conditions that are present must hold. The values of one condition are alternatives. A
 * Visibility is the union of its sets; without a set, no study can be seen.
 */
export interface VisibleStudies {
  /** A person name, an institution or an issuer. Each value matches as a search key does: with wildcards, case folded. */
  readonly referringPhysicianName?: readonly string[];
  readonly institutionName?: readonly string[];
  readonly issuerOfPatientID?: readonly string[];
  readonly accessionNumber?: readonly string[];
  /** The Study Date is not earlier than this date, YYYYMMDD. */
  readonly studyDateFrom?: string;
  /** The study has one of these labels. */
  readonly labels?: readonly string[];
  /** The first instance of the study was stored by the principal with this id. */
  readonly storedBy?: string;
  /** The study, or the series, is one of these. */
  readonly scopes?: readonly VisibleScope[];
  /** The set also contains the other studies of the patients of its studies (same Patient ID and issuer). */
  readonly withPriors?: boolean;
  /** Studies of these patients: Patient ID and issuer as the index has them. Only storage/ makes it, of `withPriors`. */
  readonly patients?: readonly (readonly [patientID: string, issuer: string | null])[];
}

/** A study, or one series of it. */
export interface VisibleScope {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID?: string | undefined;
}

/** The principal that acts on an archive, and the studies that it can see. */
export interface Viewpoint {
  /** Principal.id. The principal that stores the first instance of a study is noted with the study. */
  readonly principal: string;
  readonly visibility: Visibility;
  /** Labels that a study gets when its first instance is stored. */
  readonly labels: readonly string[];
  /** What the principal may store in all; absent: as much as the archive takes. */
  readonly quota?: StoreQuota | undefined;
  /** The principal may only store: it learns only about instances that it sent itself. */
  readonly storesOnly?: boolean;
}

/**
 * What a principal may store from the time on when it was given a quota. Deleted instances count too: the archive does not know
 * who sent them. A member that is absent is no limit.
 */
export interface StoreQuota {
  /** Bytes of Part 10 files. */
  readonly bytes?: number;
  readonly instances?: number;
}

/** The viewpoint of the archive's own work, and of principals that may see everything. */
export const WHOLE: Viewpoint = { principal: '', visibility: 'everything', labels: [] };
