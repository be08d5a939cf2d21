import type { DeidentifyOptions } from './deidentify-options';

const FLAGS = [
  'retainUIDs',
  'retainPatientCharacteristics',
  'retainDeviceIdentity',
  'retainInstitutionIdentity',
  'cleanDescriptors',
  'cleanStructuredContent',
  'retainSafePrivate',
  'allowIdentifyingPixels',
] as const;

/**
 * Reads the options of a de-identification from JSON that a client sent or that was kept. Nothing is guessed: a mistyped
 * option could retain less or more than was meant.
 * @param json parsed
 * @returns undefined when a name or a value is not one of DeidentifyOptions
 */
export function readDeidentifyOptions(json: unknown): DeidentifyOptions | undefined {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return undefined;
  const valid = Object.entries(json).every(([name, value]) =>
    name === 'retainDates'
      ? value === 'full' || value === 'modified'
      : FLAGS.some((flag) => flag === name) && typeof value === 'boolean',
  );
  if (!valid) return undefined;
  // In one order and without what is not chosen, because the options are part of entity tags.
  const { retainDates, ...flags } = json as { -readonly [Name in keyof DeidentifyOptions]: DeidentifyOptions[Name] };
  const chosen = FLAGS.filter((flag) => flags[flag]).map((flag) => [flag, true]);
  return { ...Object.fromEntries(chosen), ...(retainDates && { retainDates }) };
}
