import { describe, expect, it } from 'vitest';
import { withSharedArchive } from '../../support/archive/with-archive';
import { workerClient } from '../../support/clients/worker-client';

withSharedArchive();

describe('SEARCH_ATTRIBUTES', () => {
  it.each([
    ['NoSuchAttribute', /not in the dictionary/],
    ['KVP, PatientsAge', /"PatientsAge"/],
    ['00191010', /does not name its creator/],
    ['(0019,xx10,"ACME")', /needs a VR/],
    ['(0018,xx10,"ACME"):LO', /its group is even/],
    ['(0019,1010,"ACME"):LO', /neither a keyword nor a tag/],
    ['KVP.StationName', /not a sequence/],
    ['ProcedureCodeSequence', /name an attribute inside it/],
    ['ProcedureCodeSequence.', /ends with a dot/],
    ['KVP:LO', /has the VR DS/],
    ['PixelData', /cannot be searched/],
    ['TransferSyntaxUID', /not part of a data set/],
  ])('%s: the deployment answers nobody', async (list, detail) => {
    const response = await workerClient({ SEARCH_ATTRIBUTES: list }).fetch('/dicomweb/studies');
    expect(response.status).toBe(503);
    const problem = (await response.json()) as { detail: string };
    expect(problem.detail).toMatch(/misconfigured: SEARCH_ATTRIBUTES: /);
    expect(problem.detail).toMatch(detail);
  });
});
