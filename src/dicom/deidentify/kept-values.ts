import { vrOf } from '../dictionary/dictionary';
import { isPrivate } from '../dictionary/private-blocks';
import { type DeidentifyOptions, optionActionOf } from './deidentify-options';
import { actionOf } from './deidentify-table';

const IDENTIFYING: ReadonlySet<string> = new Set(['PN', 'DA', 'DT', 'TM']);

/** Whether an attribute has the same value after de-identification. @param tag eight upper-case hexadecimal digits */
export function keepsValues(tag: string, options: DeidentifyOptions): boolean {
  const vr = vrOf(tag);
  if (vr === undefined || isPrivate(tag)) return false;
  const action = actionOf(tag);
  const byOption = optionActionOf(tag, vr, action === 'U', options);
  if (byOption !== undefined) return byOption === 'keep';
  return action === undefined && !IDENTIFYING.has(vr);
}
