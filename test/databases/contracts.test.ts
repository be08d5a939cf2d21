import type { Archive } from '../../src/archive/ports';
import { openArchive } from '../../src/storage/open-archive';
import { archiveIndexContract } from '../contract/archive-index';
import { archiveTotalsContract } from '../contract/archive-status';
import { commitmentsContract } from '../contract/commitments';
import { ingestsContract } from '../contract/ingests';
import { pagingMarksContract } from '../contract/paging-marks';
import { removalIndexContract } from '../contract/removal-index';
import { searchAttributeIndexContract } from '../contract/search-attribute-index';
import { snapshotIndexContract } from '../contract/snapshot-index';
import { sweepIndexContract } from '../contract/sweep-index';
import { verificationIndexContract } from '../contract/verification-index';
import { withArchive } from '../support/archive/with-archive';
import { testBindings } from '../support/platform/bindings';

/* The contracts of the ports, of those that several databases answer together. */

const NAME = 'three databases';
const open = (): Archive => openArchive('contract', testBindings());

withArchive();

archiveIndexContract(NAME, () => open().index);
removalIndexContract(NAME, open);
sweepIndexContract(NAME, open);
verificationIndexContract(NAME, open);
snapshotIndexContract(NAME, open);
searchAttributeIndexContract(NAME, open);
commitmentsContract(NAME, open);
pagingMarksContract(NAME, () => open().marks);
archiveTotalsContract(NAME, open);
ingestsContract(NAME, open);
