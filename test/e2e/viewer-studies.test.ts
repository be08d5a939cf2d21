import { describe } from 'vitest';
import { withViewer } from '../support/viewer/with-viewer';
import { failures } from './viewer-studies/failures';
import { kinds } from './viewer-studies/kinds';
import { list } from './viewer-studies/list';
import { maps } from './viewer-studies/maps';
import { measuring } from './viewer-studies/measuring';
import { notShown } from './viewer-studies/not-shown';
import { overlays } from './viewer-studies/overlays';
import { pixelValues } from './viewer-studies/pixel-values';
import { planes } from './viewer-studies/planes';
import { reasons } from './viewer-studies/reasons';
import { replaced } from './viewer-studies/replaced';
import { segmentations } from './viewer-studies/segmentations';
import { slabs } from './viewer-studies/slabs';
import { slides } from './viewer-studies/slides';
import { structures } from './viewer-studies/structures';
import { turned } from './viewer-studies/turned';
import { unsaved } from './viewer-studies/unsaved';
import { values } from './viewer-studies/values';
import { volumes } from './viewer-studies/volumes';
import { windows } from './viewer-studies/windows';

/*
 * OHIF on studies that the tests store themselves. The parts share a front door and a browser, whose start takes some seconds. The
 * list comes first: it counts all studies.
 */
const viewer = withViewer(['--no-sample']);

describe('the list', () => list(viewer));
describe('kinds of studies', () => kinds(viewer));
describe('what is not shown', () => notShown(viewer));
describe('what fails', () => failures(viewer));
describe('what is replaced', () => replaced(viewer));
describe('reasons', () => reasons(viewer));
describe('windows', () => windows(viewer));
describe('volumes', () => volumes(viewer));
describe('planes and letters', () => planes(viewer));
describe('planes that are turned', () => turned(viewer));
describe('slabs', () => slabs(viewer));
describe('values', () => values(viewer));
describe('what tools measure', () => measuring(viewer));
describe('overlays', () => overlays(viewer));
describe('values of pixels', () => pixelValues(viewer));
describe('segmentations', () => segmentations(viewer));
describe('slides', () => slides(viewer));
describe('structure sets', () => structures(viewer));
describe('parametric maps', () => maps(viewer));
describe('what is not stored', () => unsaved(viewer));
