/**
 * How often a test kills the runtime, and the seed of the moments. CI makes few kills; `npm run check:crashes` says how many
 * more, from which seed.
 */
export function crashRounds(usual: { readonly rounds: number; readonly seed: number }): typeof usual {
  const { CRASH_ROUNDS, CRASH_SEED } = process.env;
  return { rounds: Number(CRASH_ROUNDS ?? usual.rounds), seed: Number(CRASH_SEED ?? usual.seed) };
}
