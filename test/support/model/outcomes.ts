import { type Act, apply, type Rules, type State, seenIn, type Told } from './contract';

/* What may come of an act where runs in the background take part in it, or where nobody knows how far it came. */

/** What an act may come to: a run in the background may also delete by the rule of retention. */
export function outcomes(state: State, act: Act, now: number, rules: Rules): { state: State; told: Told }[] {
  const done = apply(state, act, now, rules);
  if (act.kind !== 'sweep' && act.kind !== 'compact') return [done];
  const settled = settlements(done.state, now, rules).map((next) => ({ ...done, state: next }));
  return act.kind === 'sweep' ? [...settled, ...settled.flatMap((one) => deletedByRule(one, now, rules))] : settled;
}

/** The states in which some of the files that have no answer have been stored. */
export function settlements(state: State, now: number, rules: Rules): State[] {
  const [first, ...rest] = state.pending ?? [];
  if (first === undefined) return [state];
  const without = { ...state, pending: rest };
  return [
    ...settlements(without, now, rules).map((next) => ({ ...next, pending: [first, ...(next.pending ?? [])] })),
    ...settlements(apply(without, { kind: 'store', sent: [first] }, now, rules).state, now, rules),
  ];
}

/** A study that has not changed for long enough may be deleted, unless it is under legal hold. */
export function deletedByRule<Of extends { readonly state: State }>(of: Of, now: number, rules: Rules): Of[] {
  const { label, held, changedAt = 0 } = of.state;
  if (held || label !== rules.retained.label || seenIn(of.state).size === 0) return [];
  return now - changedAt < rules.retained.ms
    ? []
    : [{ ...of, state: apply(of.state, { kind: 'delete', scope: '' }, now, rules).state }];
}

/** The states after an act of which nobody knows how far it came. */
export function unanswered(state: State, act: Act, now: number, rules: Rules): State[] {
  if (act.kind !== 'upload') return [state, ...outcomes(state, act, now, rules).map((one) => one.state)];
  // Each file is an upload of its own: the background may still store one that another one has overtaken.
  return settlements({ ...state, pending: act.sent }, now, rules).map((next) => ({
    ...next,
    pending: [...(state.pending ?? []), ...(next.pending ?? [])],
  }));
}
