import { PERMISSIONS, type Permission, type RouteAccess } from '../../../src/access/permission';

/*
 * What each route must answer to each principal, written without looking at the gate: two archives, `default` and `north`, and
 * `none`, which does not exist.
 */

export type ArchiveName = 'default' | 'north' | 'none';

/** The studies of the default archive. The archive north has the first and the third. */
export const STUDIES = {
  seen: '1.2.3.4',
  'seen, deleted': '1.2.3.5',
  hidden: '1.2.3.6',
  'hidden, deleted': '1.2.3.7',
  absent: '1.2.3.9',
} as const;

export type StudyKind = keyof typeof STUDIES;

/** Who sends a request. */
export interface Asker {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sends to the deployment that lets everybody in. */
  readonly open?: boolean;
  /** The archives in which the credential is valid: there, the principal has an identity. */
  readonly valid: readonly ArchiveName[];
  readonly may: Partial<Record<ArchiveName, readonly Permission[]>>;
  /** Sees only the studies whose kind begins with `seen`; `shared`: that study alone, and no deleted one. */
  readonly sees: 'everything' | 'part' | 'shared';
  /** Whole studies and series cannot be downloaded. */
  readonly looks?: boolean;
  /** UIDs of the study, where the principal knows it by others. */
  readonly uids?: Readonly<Record<string, string>>;
  /** Before the path of a route of DICOMweb; other routes are not asked. */
  readonly prefix?: string;
}

export const ALL = PERMISSIONS;
export const EVERYWHERE: readonly ArchiveName[] = ['default', 'north', 'none'];

/** One request of the table: a resource with a method, in an archive, for a study. */
export interface Cell {
  readonly archive: ArchiveName;
  readonly method: string;
  /** As in the tables of routes; undefined: the resource does not have the method. */
  readonly transaction?: string | undefined;
  readonly access: RouteAccess;
  readonly study: StudyKind;
}

/** Principals that get the same where permissions do not count. */
function likenessOf({ valid, may, open = false, prefix }: Asker): string {
  return JSON.stringify([valid, Object.keys(may).sort(), open, prefix]);
}

/**
 * Principals that are alike take turns with what is no method of a resource, with HEAD, which is answered as GET is, and in
 * another archive, where they may nothing.
 * @returns whether a principal asks for a cell with this number
 */
export function turnsOf(askers: readonly Asker[]): (asker: Asker, cell: Cell, number: number) => boolean {
  const alike = Map.groupBy(askers, likenessOf);
  return (asker, { transaction, method, archive }, number) => {
    const isElsewhere = archive !== 'default' && asker.may[archive] === undefined;
    if (transaction !== undefined && method !== 'HEAD' && !isElsewhere) return true;
    const those = alike.get(likenessOf(asker))!;
    return number % those.length === those.indexOf(asker);
  };
}

/** Whole studies and series: what a share to look at does not give. */
const DOWNLOADS = /^Retrieve(Study|Series)(Bulkdata|PixelData)?$/;
const MAKES_LINK = /^Share(Study|Series)$/;

/** The status that a request of a sender must get. */
export function expectedStatus(asker: Asker, { archive, method, transaction, access, study }: Cell): number {
  // The secret of the link is missing from the body.
  if (access === 'secret') return 403;
  if (access === 'nothing' && archive === 'default') return withoutIdentity(transaction);
  if (!asker.valid.includes(archive)) return 401;
  const permissions = asker.may[archive] ?? [];
  if (archive !== 'default' && permissions.length === 0) return 404;
  if (method === 'OPTIONS') return 200;
  if (transaction === undefined) return 405;
  if (access === 'nothing') return withoutIdentity(transaction);
  if (access === 'identity') return 200;
  if (asker.looks && DOWNLOADS.test(transaction)) return 403;
  if (!permissions.includes(access)) return 403;
  // A link shows images: only those who may see them make one.
  if (MAKES_LINK.test(transaction) && !permissions.includes('retrieve')) return 403;
  if (transaction === 'ShowUpload') return method === 'HEAD' ? 412 : 404;
  return ofStudy(transaction, stateOf(asker, archive, study));
}

/** What a handler says that needs no identity. No provider is configured, so nobody can sign in. */
function withoutIdentity(transaction: string | undefined): number {
  return transaction === 'BeginSignIn' || transaction === 'SignIn' ? 404 : 200;
}

type State = 'there' | 'deleted' | 'absent';

function stateOf({ sees }: Asker, archive: ArchiveName, study: StudyKind): State {
  const [visibility, deleted] = study.split(', ');
  if (visibility === 'absent') return 'absent';
  if (sees === 'shared') return study === 'seen' ? 'there' : 'absent';
  if (sees === 'part' && visibility === 'hidden') return 'absent';
  if (deleted === undefined) return 'there';
  return archive === 'north' ? 'absent' : 'deleted';
}

/** Answers that do not depend on a study: of searches, and to requests whose body or whose id is not right. */
const CONSTANT: readonly (readonly [RegExp, number])[] = [
  [/^(Search|ListSearch|Report|ListKeys|ShareList|Audit)/, 200],
  [/^(Store|RequestCommitment)/, 415],
  [/^CreateKey|^ChangeKey|^ShareRevokeAll|^ReplaceLabels|^PlaceHold|^OverrideUploadMethod|^BeginRestoration/, 400],
  // The index is in use.
  [/^ContinueRebuild/, 409],
  // The archive has one database.
  [/^OrderMoves/, 409],
  // The id names no object.
  [/^LiftHold|^RetrieveObjectOfBackup|RestoredObject$/, 404],
  // They come without Tus-Resumable.
  [/^(CreateUpload|AppendToUpload|TerminateUpload)$/, 412],
  [/^CheckCommitment|^(ShowKey|RevokeKey|RenewKey|ShareShow|ShareRevoke)$/, 404],
  [/^(ShowUploadSession|ListKnownFiles|CloseUploadSession)$/, 404],
  [/^CreateUploadSession$/, 201],
];

function ofStudy(transaction: string, state: State): number {
  const constant = CONSTANT.find(([name]) => name.test(transaction));
  if (constant !== undefined) return constant[1];
  if (transaction.startsWith('Restore')) return state === 'deleted' ? 204 : 404;
  if (state !== 'there') return state === 'deleted' ? 410 : 404;
  if (transaction.startsWith('Delete')) return 204;
  return transaction.startsWith('Share') ? 201 : 200;
}
