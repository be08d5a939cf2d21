import { beforeEach, describe, expect, it } from 'vitest';
import { KEPT_ANSWER_MS, type KeptAnswers } from '../../src/archive/store/kept-answers';

const NOW = 1_700_000_000_000;
const answer = (body: string) => ({ fingerprint: `of ${body}`, status: 200, headers: { 'content-type': 'a/b' }, body });

/** What archive/store/kept-answers.ts says of KeptAnswers. */
export function keptAnswersContract(name: string, open: () => KeptAnswers): void {
  describe(`KeptAnswers: ${name}`, () => {
    let answers: KeptAnswers;
    beforeEach(() => {
      answers = open();
    });

    it('recalls the first answer under a key', async () => {
      expect(await answers.recall('a', NOW)).toBeUndefined();
      await answers.keep('a', answer('first'), NOW);
      await answers.keep('a', answer('second'), NOW + 1);
      expect(await answers.recall('a', NOW + 2)).toEqual(answer('first'));
      expect(await answers.recall('b', NOW)).toBeUndefined();
    });

    it('does not count an answer that is old, and keeps another in its place', async () => {
      await answers.keep('a', answer('first'), NOW);
      expect(await answers.recall('a', NOW + KEPT_ANSWER_MS - 1)).toEqual(answer('first'));
      expect(await answers.recall('a', NOW + KEPT_ANSWER_MS)).toBeUndefined();
      await answers.keep('a', answer('second'), NOW + KEPT_ANSWER_MS);
      expect(await answers.recall('a', NOW + KEPT_ANSWER_MS)).toEqual(answer('second'));
    });

    it('forgets the old ones, and no others', async () => {
      await answers.keep('old', answer('old'), NOW);
      await answers.keep('new', answer('new'), NOW + 1);
      await answers.forgetOld(NOW + KEPT_ANSWER_MS);
      // At an earlier time it would still count.
      expect(await answers.recall('old', NOW)).toBeUndefined();
      expect(await answers.recall('new', NOW + 1)).toEqual(answer('new'));
    });
  });
}
