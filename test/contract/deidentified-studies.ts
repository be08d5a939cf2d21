import { beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../src/archive/ports';
import { archiveOfTwo, STUDY } from './samples';

/** What archive/deidentify/deidentified-studies.ts says of DeidentifiedStudies. */
export function deidentifiedStudiesContract(name: string, open: () => Archive): void {
  describe(`DeidentifiedStudies: ${name}`, () => {
    let archive: Archive;
    beforeEach(async () => {
      archive = open();
      await archiveOfTwo(archive.index);
    });

    it('finds studies by their replaced UIDs, and none that is not there or was not kept', async () => {
      const { deidentifiedStudies } = archive;
      await deidentifiedStudies.keep(new Map([['2.25.1', STUDY]]));
      await deidentifiedStudies.keep(
        new Map([
          ['2.25.1', '9.9'],
          ['2.25.2', '9.9'],
        ]),
      );
      expect(await deidentifiedStudies.find(['2.25.1', '2.25.2', '2.25.3', STUDY])).toEqual(
        new Map([['2.25.1', STUDY]]),
      );
      expect(await deidentifiedStudies.find([])).toEqual(new Map());
    });

    it('finds none that the principal cannot see', async () => {
      await archive.deidentifiedStudies.keep(new Map([['2.25.1', STUDY]]));
      const part = (studyInstanceUID: string) =>
        archive.confinedTo({ principal: 'a', visibility: [{ scopes: [{ studyInstanceUID }] }], labels: [] });
      expect(await part(STUDY).deidentifiedStudies.find(['2.25.1'])).toEqual(new Map([['2.25.1', STUDY]]));
      expect(await part('1.9').deidentifiedStudies.find(['2.25.1'])).toEqual(new Map());
    });
  });
}
