import type { DicomJsonAttribute } from '../../dicom/json/json-model';
import { type ComparableValue, comparableValues, dateTimeSpan, timeSpan } from './comparable-value';
import type { Matching } from './search-keys';
import type { Match, MatchValue } from './search-query';

/** Whether an attribute matches by the rules of the index (PS3.4 C.2.2.2). */
export function valueMatches({ key, value }: Match, attribute: DicomJsonAttribute | undefined): boolean {
  const { matching } = key;
  const held = (attribute?.Value ?? []).flatMap((one) => (one === null ? [] : comparableValues(matching, one)));
  const isHeld = (wanted: string) => comparableValues(matching, wanted).some((one) => held.includes(one));
  switch (value.kind) {
    case 'empty':
      return held.length === 0;
    case 'all':
      return value.values.every(isHeld);
    case 'list':
      return value.values.some(isHeld);
    case 'single':
      return isHeld(value.value);
    case 'wildcard': {
      const isFolded = matching === 'name' || matching === 'caseless';
      const [pattern = ''] = isFolded ? comparableValues(matching, value.pattern) : [value.pattern];
      return held.some((one) => fits(String(pattern), String(one)));
    }
    case 'range':
      return held.some((one) => isWithin(one, value, matching));
  }
}

/** An end without the smaller units stands for the whole unit that it names. */
function isWithin(held: ComparableValue, { from, to }: MatchValue & { kind: 'range' }, matching: Matching): boolean {
  const span = (end: string) => {
    const whole = { first: end, last: end };
    return (matching === 'time' ? timeSpan(end) : matching === 'datetime' ? dateTimeSpan(end) : whole) ?? whole;
  };
  return (from === undefined || held >= span(from).first) && (to === undefined || held <= span(to).last);
}

/**
 * Wildcard matching (C.2.2.2.4). The time is at most proportional to the product of the two lengths, whatever the
 * pattern.
 */
function fits(pattern: string, text: string): boolean {
  const wanted = [...pattern];
  const held = [...text];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let here = 0; here < held.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      resume = here;
    } else if (wanted[at] === '?' || wanted[at] === held[here]) {
      at += 1;
      here += 1;
    } else if (star >= 0) {
      at = star + 1;
      here = ++resume;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((rest) => rest === '*');
}
