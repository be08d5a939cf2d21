import type { DuplicatePolicy } from '../../../src/archive/commit-group';

/**
 * What the archive promises its clients, in memory: the model that test/runtime/model.test.ts compares it with. It knows one
 * study. Contents are numbers.
 */
export interface State {
  readonly instances: Readonly<Record<string, Instance>>;
  /** The study is under legal hold. */
  readonly held?: true;
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
}

/** An instance is named <series>.<number>. A scope is the whole study (''), a series or an instance. */
export type Act =
  | { readonly kind: 'store'; readonly sent: readonly (readonly [instance: string, content: number])[] }
  | { readonly kind: 'delete' | 'restore'; readonly scope: string }
  /** Places the study under legal hold, and lifts the hold. */
  | { readonly kind: 'hold' | 'lift' }
  | { readonly kind: 'sweep' | 'compact' };

/** What the client is told: a status, and for a Store request the instances that are refused as other content. */
export interface Told {
  readonly status: number;
  readonly conflicts: readonly string[];
}

export interface Rules {
  readonly policy: DuplicatePolicy;
  readonly retentionMs: number;
}

export const EMPTY: State = { instances: {} };

/** Carries an act out. */
export function apply(state: State, act: Act, now: number, rules: Rules): { state: State; told: Told } {
  switch (act.kind) {
    case 'store':
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
    case 'lift':
      return { state: { instances: state.instances }, told: done(200) };
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
  if (count > 0) return state.held ? { state, told: done(423) } : { state: next, told: done(204) };
  return { state, told: done(holds(state, scope, now) ? 410 : 404) };
}

/** A study or a series: each instance that is not there gets back what was deleted last. */
function restoreDeleted(state: State, scope: string, now: number) {
  let count = 0;
  const next = within(state, scope, (instance) => {
    const at = instance.removed.findLastIndex((one) => one.reason === 'deleted' && counts(state, one, now));
    if (instance.content !== undefined) return keptAgain(instance);
    if (at < 0) return instance;
    count += 1;
    return keptAgain({ content: instance.removed[at]!.content, removed: instance.removed.toSpliced(at, 1) });
  });
  if (count > 0) return { state: next, told: done(204) };
  return { state: holds(state, scope, now) ? next : state, told: done(holds(state, scope, now) ? 409 : 404) };
}

/** An instance gets back what was removed last, whatever the reason; it trades places with what is there. */
function restoreVersion(state: State, name: string, now: number, { policy, retentionMs }: Rules) {
  const { content, removed } = state.instances[name] ?? { removed: [] };
  const at = removed.findLastIndex((one) => counts(state, one, now));
  const back = removed[at];
  if (back === undefined) return { state, told: done(404) };
  if (state.held && content !== undefined) return { state, told: done(423) };
  if (back.content === content) return { state, told: done(409) };
  const aside =
    policy === 'keep'
      ? ({ reason: 'kept', purgeAt: null } as const)
      : ({ reason: 'replaced', purgeAt: now + retentionMs } as const);
  const rest = removed.toSpliced(at, 1);
  const traded: readonly Removed[] = content === undefined ? rest : [...rest, { content, ...aside }];
  const instance = keptAgain({ content: back.content, removed: traded });
  return { state: { ...state, instances: { ...state.instances, [name]: instance } }, told: done(204) };
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

export function contains(scope: string, name: string): boolean {
  return scope === '' || scope === name || name.startsWith(`${scope}.`);
}

function isInstance(scope: string): boolean {
  return scope.includes('.');
}

function done(status: number): Told {
  return { status, conflicts: [] };
}
