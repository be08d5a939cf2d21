import { describe, expect, it } from 'vitest';
import { planForm } from '../../../../src/dicomweb/answer/plan-representation';
import { parseAccept } from '../../../../src/http/accept';
import { instance, native } from '../../../support/archive/planned-instances';

const IMPLICIT = '1.2.840.10008.1.2';
const SLICE = instance(IMPLICIT, native());
const octets = 'application/octet-stream';
const parts = (type: string) => `multipart/related; type="${type}"`;

describe('planForm', () => {
  it.each<[string, string, boolean, string]>([
    ['files without a wish', '*/*', false, 'files'],
    ['a ZIP archive', 'application/zip', false, 'zip'],
    ['a ZIP archive of one instance', 'application/zip', true, 'zip'],
    ['bulk data', parts(octets), false, 'bulk data'],
    ['bulk data, which never comes by itself', `${octets}, application/zip;q=0.1`, true, 'zip'],
    ['nothing', 'application/json', false, 'not acceptable'],
  ])('%s', (_, accept, single, expected) => {
    expect(planForm(SLICE, single, parseAccept(accept)).how).toBe(expected);
  });
});
