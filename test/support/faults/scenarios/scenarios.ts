import { ACCESS_SCENARIOS } from './access-scenarios';
import { BACKGROUND_SCENARIOS } from './background-scenarios';
import { CHANGE_SCENARIOS } from './change-scenarios';
import { DEIDENTIFIED_SCENARIOS } from './deidentified-scenarios';
import { LOST_METADATA_SCENARIOS } from './lost-metadata-scenarios';
import { READ_SCENARIOS } from './read-scenarios';
import { RECOVERY_SCENARIOS } from './recovery-scenarios';
import type { Scenario } from './scenario';
import { STORE_SCENARIOS } from './store-scenarios';
import { UPLOAD_SCENARIOS } from './upload-scenarios';

/** Every scenario by its name; each call makes a new one. */
export const SCENARIOS: ReadonlyMap<string, () => Scenario> = new Map(
  [
    ...[STORE_SCENARIOS, CHANGE_SCENARIOS, BACKGROUND_SCENARIOS, ACCESS_SCENARIOS, READ_SCENARIOS],
    ...[UPLOAD_SCENARIOS, RECOVERY_SCENARIOS, DEIDENTIFIED_SCENARIOS, LOST_METADATA_SCENARIOS],
  ].flatMap((some) => Object.entries(some)),
);
