#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseConfig, readConfig } from '../src/config/config.mjs';
import { ConfigError } from '../src/config/table.mjs';
import { startGateway } from '../src/gateway.mjs';
import { jsonLog } from '../src/log.mjs';
import { retryRefused } from '../src/outbox/retry-refused.mjs';

const USAGE = `dicomweb-gateway: takes DICOM from modalities and forwards it to a DICOMweb archive

  dicomweb-gateway CONFIG.toml          runs with this configuration
  dicomweb-gateway --check CONFIG.toml  says whether the configuration can be used
  dicomweb-gateway --retry-refused CONFIG.toml
                                        puts what the archive refused back into the outbox; the gateway must not run
  dicomweb-gateway --demo [--archive http://localhost:8787/dicomweb] [--data DIR]
                                        runs on this machine alone, with AE title GATEWAY on port 11112
`;

/** Milliseconds for which a stopping gateway waits for associations to end. */
const PATIENCE = 10_000;

/** @type {import('../src/gateway.mjs').Gateway | undefined} */
let gateway;
let ending = false;

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      demo: { type: 'boolean' },
      check: { type: 'boolean' },
      'retry-refused': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
      archive: { type: 'string' },
      data: { type: 'string' },
    },
  });
  if (values.version) {
    console.log(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version);
    return;
  }
  const [path] = positionals;
  if (values.help || (path === undefined && !values.demo)) {
    console.log(USAGE);
    if (!values.help) process.exitCode = 2;
    return;
  }
  const config = values.demo ? demoConfig(values.archive, values.data) : readConfig(String(path), process.env);
  if (values.check) {
    console.log('The configuration can be used.');
    return;
  }
  if (values['retry-refused']) {
    console.log(`${await retryRefused(config.data)} instances were put back into the outbox.`);
    return;
  }
  gateway = await startGateway(
    config,
    jsonLog((line) => process.stdout.write(`${line}\n`)),
  );
}

/**
 * @param {string} [archive]
 * @param {string} [data]
 */
function demoConfig(archive = 'http://localhost:8787/dicomweb', data = '.gateway-data') {
  const text = `data = ${JSON.stringify(data)}
anySender = true
anySenderMayQuery = true
[archive]
url = ${JSON.stringify(archive)}
[dimse]
host = "127.0.0.1"
`;
  return parseConfig(text, process.cwd(), process.env);
}

/** A second signal ends it at once: that loses nothing either. */
async function end() {
  if (ending) process.exit(1);
  ending = true;
  await gateway?.stop(PATIENCE);
  process.exit(0);
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM'])) process.on(signal, end);

main().catch((error) => {
  console.error(error instanceof ConfigError || error.code ? `dicomweb-gateway: ${error.message}` : error);
  process.exit(1);
});
