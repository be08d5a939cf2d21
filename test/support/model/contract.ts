import type { DuplicatePolicy } from '../../../src/archive/commit-group';

/**
 * What the archive promises its clients, in memory: the model that test/runtime/model.test.ts compares it with. It knows one
 * study. Contents are numbers.
 */
export interface State {
  readonly instances: Readonly<Record<string, Instance>>;
  /** The study is under legal hold. */
  readonly held?: true;
  /** The label of the study, which is there; absent: none. */
  readonly label?: number;
  /** How often the study has been deleted as a whole. */
  readonly deletions?: number;
  /** When that was last, milliseconds since 1970. It ended the shares of the study. */
  readonly deletedAt?: number;
  /** When the study or something of it last changed, milliseconds since 1970. */
  readonly changedAt?: number;
  /** Files that were sent and have no answer: a run in the background may store them. */
  readonly pending?: readonly (readonly [instance: string, content: number])[];
}

interface Instance {
  /** Absent: the instance is not there. */
  readonly content?: number;
  /** Contents that can be restored or wait to be purged, in the order in which they were removed. */
  readonly removed: readonly Removed[];
}

interface Removed {
  readonly content: number;
  readonly reason: 'deleted' | 'replaced' | 'kept';
  /** Milliseconds since 1970; null: as long as the instance is there. */
  readonly purgeAt: number | null;
  /** The study that it belonged to, where that was deleted as a whole; absent: the one that is there. */
  readonly of?: { readonly deletion: number; readonly label?: number };
}

/** An instance is named <series>.<number>. A scope is the whole study (''), a series or an instance. */
export type Act =
  /** upload: an upload session, in which each file has a request of its own. */
  | { readonly kind: 'store' | 'upload'; readonly sent: readonly (readonly [instance: string, content: number])[] }
  | { readonly kind: 'delete' | 'restore'; readonly scope: string }
  /** Places the study under legal hold, and lifts the hold. */
  | { readonly kind: 'hold' | 'lift' }
  /** Replaces the labels of the study by this one. */
  | { readonly kind: 'label'; readonly label: number }
  /** Makes a share of the study, and ends the share that was made last. */
  | { readonly kind: 'share' | 'revoke' }
  | { readonly kind: 'sweep' | 'compact' };

/** What the client is told: a status, and for a Store request the instances that are refused as other content. */
export interface Told {
  readonly status: number;
  readonly conflicts: readonly string[];
}

/** The settings by which the model answers. */
export interface Rules {
  readonly policy: DuplicatePolicy;
  readonly retentionMs: number;
  /** Studies with this label are deleted when they have not changed for so long. */
  readonly retained: { readonly label: number; readonly ms: number };
}

export const EMPTY: State = { instances: {} };

/** Carries an act out. */
export function apply(state: State, act: Act, now: number, rules: Rules): { state: State; told: Told } {
  const done = carriedOut(state, act, now, rules);
  const [before, after] = [state, done.state].map((one) => JSON.stringify([[...seenIn(one)], one.label]));
  return before === after ? done : { ...done, state: { ...done.state, changedAt: now } };
}

function carriedOut(state: State, act: Act, now: number, rules: Rules): { state: State; told: Told } {
  switch (act.kind) {
    case 'store':
    case 'upload':
      return store(state, act.sent, now, rules);
    case 'delete':
      return remove(state, act.scope, now, rules);
    case 'restore':
      return isInstance(act.scope)
        ? restoreVersion(state, act.scope, now, rules)
        : restoreDeleted(state, act.scope, now);
    case 'sweep':
      return { state: purged(state, now), told: done(200) };
    case 'compact':
      return { state, told: done(200) };
    // Repeated, they are as good as the first time, so the status tells nothing.
    case 'hold':
      return {
        state: seenIn(state).size > 0 || holds(state, '', now) ? { ...state, held: true } : state,
        told: done(200),
      };
    case 'lift': {
      const { held: _, ...lifted } = state;
      return { state: lifted, told: done(200) };
    }
    case 'label':
      if (seenIn(state).size > 0) return { state: { ...state, label: act.label }, told: done(200) };
      return { state, told: done(holds(state, '', now) ? 410 : 404) };
    // Who may see the study does not change it.
    case 'share':
    case 'revoke':
      return { state, told: done(200) };
  }
}

/** What clients see. */
export function seenIn({ instances }: State): Map<string, number> {
  return new Map(
    Object.entries(instances).flatMap(([name, { content }]) => (content === undefined ? [] : [[name, content]])),
  );
}

function store(state: State, sent: readonly (readonly [string, number])[], now: number, rules: Rules) {
  const instances = { ...state.instances };
  const conflicts: string[] = [];
  for (const [name, content] of sent) {
    const { content: before, removed } = instances[name] ?? { removed: [] };
    if (before === undefined) instances[name] = { content, removed };
    else if (before === content) continue;
    // What is kept aside replaces nothing.
    else if (rules.policy === 'reject' || (rules.policy === 'replace' && state.held)) conflicts.push(name);
    else if (rules.policy === 'replace') {
      const replaced: Removed = { content: before, reason: 'replaced', purgeAt: now + rules.retentionMs };
      instances[name] = { content, removed: [...removed, replaced] };
    } else if (!removed.some((one) => one.reason === 'kept' && one.content === content && one.purgeAt === null)) {
      instances[name] = { content: before, removed: [...removed, { content, reason: 'kept', purgeAt: null }] };
    }
  }
  const status = conflicts.length === 0 ? 200 : conflicts.length === sent.length ? 409 : 202;
  return { state: { ...state, instances }, told: { status, conflicts } };
}

/** Deleted content, and content that was kept beside it, can be restored until the retention is over. */
function remove(state: State, scope: string, now: number, { retentionMs }: Rules) {
  const purgeAt = now + retentionMs;
  let count = 0;
  const next = within(state, scope, ({ content, removed }) => {
    const ending = removed.map((one) => ({ ...one, purgeAt: one.purgeAt ?? purgeAt }));
    if (content === undefined) return { removed: ending };
    count += 1;
    return { removed: [...ending, { content, reason: 'deleted' as const, purgeAt }] };
  });
  if (count > 0) return state.held ? { state, told: done(423) } : { state: withoutStudy(next, now), told: done(204) };
  return { state, told: done(holds(state, scope, now) ? 410 : 404) };
}

/** What was removed of a study that is not there any more stays that of this study. */
function withoutStudy(state: State, now: number): State {
  if (seenIn(state).size > 0) return state;
  const { label, deletions = 0, ...rest } = state;
  const of = { deletion: deletions + 1, ...(label !== undefined && { label }) };
  const next = within(rest, '', ({ removed }) => ({ removed: removed.map((one) => ({ of, ...one })) }));
  return { ...next, deletions: deletions + 1, deletedAt: now };
}

/** The label of the study into which these come back: of the one that is there, or of the one that was deleted last. */
function labelFor(state: State, chosen: readonly Removed[]): number | undefined {
  if (seenIn(state).size > 0) return state.label;
  const deleted = chosen.flatMap(({ of }) => of ?? []).sort((one, other) => one.deletion - other.deletion);
  return deleted.at(-1)?.label;
}

function isOf(label: number | undefined, { of }: Removed): boolean {
  return of === undefined || of.label === label;
}

/** What remains removed of a study that is there again belongs to it. */
function joined(state: State, label: number | undefined): State {
  if (seenIn(state).size === 0) return state;
  const next = within(state, '', (instance) => ({
    ...instance,
    removed: instance.removed.map(({ of, ...one }) => (of === undefined || of.label === label ? one : { ...one, of })),
  }));
  const { label: _, ...rest } = next;
  return label === undefined ? rest : { ...rest, label };
}

/** A study or a series: each instance that is not there gets back what was deleted last. 202: some stay deleted. */
function restoreDeleted(state: State, scope: string, now: number) {
  let [count, left] = [0, 0];
  const newest = ({ removed }: Instance) =>
    removed.findLastIndex((one) => one.reason === 'deleted' && counts(state, one, now));
  const inScope = Object.entries(state.instances).flatMap(([name, one]) => (contains(scope, name) ? [one] : []));
  const chosen = inScope.flatMap((one) => one.removed[newest(one)] ?? []);
  const label = labelFor(state, chosen);
  const next = within(state, scope, (instance) => {
    const at = newest(instance);
    const back = instance.removed[at];
    if (instance.content !== undefined) {
      if (back !== undefined && back.content !== instance.content) left += 1;
      return keptAgain(instance);
    }
    if (back === undefined) return instance;
    if (!isOf(label, back)) {
      left += 1;
      return instance;
    }
    count += 1;
    return keptAgain({ content: back.content, removed: instance.removed.toSpliced(at, 1) });
  });
  if (chosen.length === 0) return { state, told: done(404) };
  return { state: joined(next, label), told: done(count === 0 ? 409 : left > 0 ? 202 : 204) };
}

/** An instance gets back what was removed last, whatever the reason; it trades places with what is there. */
function restoreVersion(state: State, name: string, now: number, { policy, retentionMs }: Rules) {
  const { content, removed } = state.instances[name] ?? { removed: [] };
  const at = removed.findLastIndex((one) => counts(state, one, now));
  const back = removed[at];
  if (back === undefined) return { state, told: done(404) };
  if (state.held && content !== undefined) return { state, told: done(423) };
  if (back.content === content) return { state, told: done(409) };
  const label = labelFor(state, [back]);
  if (!isOf(label, back)) return { state: joined(state, label), told: done(409) };
  const aside =
    policy === 'keep'
      ? ({ reason: 'kept', purgeAt: null } as const)
      : ({ reason: 'replaced', purgeAt: now + retentionMs } as const);
  const rest = removed.toSpliced(at, 1);
  const traded: readonly Removed[] = content === undefined ? rest : [...rest, { content, ...aside }];
  const instance = keptAgain({ content: back.content, removed: traded });
  const next = { ...state, instances: { ...state.instances, [name]: instance } };
  return { state: joined(next, label), told: done(204) };
}

/** Content that was kept beside an instance stays as long as the instance is there again. */
function keptAgain(instance: Instance): Instance {
  const removed = instance.removed.map((one) => (one.reason === 'kept' ? { ...one, purgeAt: null } : one));
  return { ...instance, removed };
}

function purged(state: State, now: number): State {
  if (state.held) return state;
  return within(state, '', (instance) => ({
    ...instance,
    removed: instance.removed.filter((one) => counts(state, one, now)),
  }));
}

/** Nothing is purged under a legal hold, so it can be restored for longer. */
function counts({ held }: State, { purgeAt }: Removed, now: number): boolean {
  return held === true || purgeAt === null || purgeAt > now;
}

/** Whether something of the scope can be restored. */
function holds(state: State, scope: string, now: number): boolean {
  return Object.entries(state.instances).some(
    ([name, { removed }]) =>
      contains(scope, name) &&
      removed.some((one) => counts(state, one, now) && (isInstance(scope) || one.reason === 'deleted')),
  );
}

function within(state: State, scope: string, change: (of: Instance) => Instance): State {
  const { instances } = state;
  return {
    ...state,
    instances: Object.fromEntries(
      Object.entries(instances).map(([name, one]) => [name, contains(scope, name) ? change(one) : one]),
    ),
  };
}

function contains(scope: string, name: string): boolean {
  return scope === '' || scope === name || name.startsWith(`${scope}.`);
}

function isInstance(scope: string): boolean {
  return scope.includes('.');
}

function done(status: number): Told {
  return { status, conflicts: [] };
}
