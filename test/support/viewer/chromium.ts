import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { ROOT } from '../../../scripts/support/paths.mjs';
import { tarEntries } from '../../../scripts/support/tar.mjs';

/** How a browser is started. */
interface BrowserCommand {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
}

/** Folders in which installed browsers are looked for. */
const INSTALLED = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
];

/**
 * The browser of the tests: CHROME_PATH if set; on Linux with x64 the one in the @sparticuz/chromium package, which
 * needs no system package; otherwise an installed one.
 */
export function browserCommand(): BrowserCommand {
  const chosen = process.env.CHROME_PATH;
  if (chosen) return { executablePath: chosen, args: COMMON, env: environment({}) };
  if (process.platform === 'linux' && process.arch === 'x64') return unpackedChromium();
  const installed = INSTALLED.find((path) => existsSync(path));
  if (!installed) throw new Error('No browser was found: set CHROME_PATH to one.');
  return { executablePath: installed, args: COMMON, env: environment({}) };
}

/**
 * WebGL in software, so that every machine draws the same picture. The page around it is drawn without the graphics
 * interface: in software that takes more than half of the browser's time.
 */
const COMMON = [
  '--disable-gpu-rasterization',
  '--disable-gpu-compositing',
  '--no-sandbox',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
];

function unpackedChromium(): BrowserCommand {
  const packed = join(ROOT, 'node_modules/@sparticuz/chromium');
  const { version } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')) as { version: string };
  const folder = join(ROOT, '.cache', `chromium-${version}`);
  if (!existsSync(join(folder, 'chromium'))) unpack(join(packed, 'bin'), folder);
  return {
    executablePath: join(folder, 'chromium'),
    args: ['--headless=shell', '--no-zygote', ...COMMON],
    env: environment({
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
      HOME: join(folder, 'home'),
    }),
  };
}

/** Unpacked beside its final place and then renamed, so that a partly unpacked browser is never started. */
function unpack(packed: string, folder: string): void {
  const fresh = `${folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(join(fresh, 'home'), { recursive: true });
  writeFileSync(join(fresh, 'chromium'), brotliDecompressSync(readFileSync(join(packed, 'chromium.br'))), {
    mode: 0o755,
  });
  // The executable looks for the graphics libraries in its own folder.
  for (const [archive, place] of [
    ['swiftshader', '.'],
    ['fonts', 'fonts'],
    ['al2023', 'al2023'],
  ] as const) {
    const bytes = brotliDecompressSync(readFileSync(join(packed, `${archive}.tar.br`)));
    for (const entry of tarEntries(bytes)) {
      const to = join(fresh, place, entry.name);
      mkdirSync(entry.kind === 'directory' ? to : dirname(to), { recursive: true });
      if (entry.kind === 'file') writeFileSync(to, entry.data, { mode: entry.mode });
      if (entry.kind === 'link') symlinkSync(entry.target, to);
    }
  }
  writeFileSync(join(fresh, 'fonts.conf'), fontsConf(folder));
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(join(folder, 'chromium'))) throw error;
  }
}

/** Without a configuration that names fonts Chromium aborts on OHIF. */
function fontsConf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts/fonts')}</dir>
  <cachedir>${join(folder, 'home/fontconfig')}</cachedir>
</fontconfig>
`;
}

function environment(added: Record<string, string>): Record<string, string> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(kept), ...added };
}
