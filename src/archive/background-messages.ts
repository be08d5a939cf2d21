import type { SeriesIdentity } from './identities';

/** A queue message: the metadata of this series is in several segments. */
export interface CompactionMessage extends SeriesIdentity {
  readonly archive: string;
}

/** A queue message: the bucket has lost metadata of this series, which can be made again from its files. */
export interface RemakeMessage extends SeriesIdentity {
  readonly archive: string;
  readonly kind: 'remake';
}

/** A queue message: there is work for the re-index job. */
export interface ReindexMessage {
  readonly archive: string;
  readonly kind: 'reindex';
}

/** A queue message: frames of this series have no compressed copies yet. */
export interface FrameCopiesMessage extends SeriesIdentity {
  readonly archive: string;
  readonly kind: 'frame-copies';
  /** When the copies were first requested, milliseconds since 1970. */
  readonly since: number;
}

/** A queue message: this upload has been received, and has no results yet. */
export interface IngestMessage {
  readonly archive: string;
  readonly kind: 'ingest';
  /** Its id. */
  readonly upload: string;
}

/** A queue message: studies have changed, and their rows are to be copied into the bucket. */
export interface SnapshotsMessage {
  readonly archive: string;
  readonly kind: 'snapshots';
}

/** A queue message: studies are to move between the archive's databases. */
export interface MovesMessage {
  readonly archive: string;
  readonly kind: 'moves';
}

/** All messages of the queue. */
export type QueueMessage =
  | CompactionMessage
  | RemakeMessage
  | ReindexMessage
  | FrameCopiesMessage
  | IngestMessage
  | SnapshotsMessage
  | MovesMessage;
