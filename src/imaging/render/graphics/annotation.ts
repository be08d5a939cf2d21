import type { DicomJson, PersonName } from '../../../dicom/json/json-model';
import { numberOf, textOf } from '../attributes';
import type { Picture } from '../orient';
import type { RenderSettings, Window } from '../settings';
import { ADVANCE, drawText, LINE_HEIGHT } from './draw';
import { foldToAscii } from './fold-text';

/** Pixels of the picture's shorter side for each step in the size of the text. */
const SIDE_PER_SCALE = 768;
const MARGIN = 3;

/**
 * Burns lines of text into a picture (PS3.18 8.3.5.1.1): the patient in the upper left corner, the technique in the lower
 * left corner. Lines that are wider than the picture are cut.
 * @param window the window that was applied, if any
 */
export function annotate(
  picture: Picture,
  dataSet: DicomJson,
  annotation: RenderSettings['annotation'],
  window: Window | undefined,
): void {
  const scale = Math.max(1, Math.round(Math.min(picture.width, picture.height) / SIDE_PER_SCALE));
  const step = LINE_HEIGHT * scale;
  const margin = MARGIN * scale;
  const most = Math.floor((picture.width - 2 * margin) / (ADVANCE * scale));
  const write = (lines: readonly string[], top: number) => {
    lines.forEach((line, at) => {
      drawText(picture, foldToAscii(line).slice(0, Math.max(0, most)), margin, top + at * step, scale);
    });
  };
  if (annotation?.includes('patient')) write(patientLines(dataSet), margin);
  if (annotation?.includes('technique')) {
    const lines = techniqueLines(dataSet, window);
    write(lines, picture.height - lines.length * step);
  }
}

function patientLines(dataSet: DicomJson): string[] {
  const name = dataSet['00100010']?.Value?.[0] as PersonName | null | undefined;
  const groups = name ?? {};
  const written = groups.Alphabetic ?? groups.Phonetic ?? groups.Ideographic ?? '';
  return lines([
    [written.replace(/\^+/g, ' ').trim()],
    [labelled('ID', textOf(dataSet, '00100020'))],
    [date(textOf(dataSet, '00100030')), textOf(dataSet, '00100040')],
  ]);
}

function techniqueLines(dataSet: DicomJson, window: Window | undefined): string[] {
  const number = (tag: string, unit: string) => {
    const value = numberOf(dataSet, tag);
    return value === undefined ? undefined : `${rounded(value)} ${unit}`;
  };
  return lines([
    [textOf(dataSet, '00080060'), textOf(dataSet, '00180015'), textOf(dataSet, '00185101')],
    [
      number('00180060', 'kV'),
      number('00181152', 'mAs') ?? number('00181151', 'mA'),
      labelled('TR', number('00180080', 'ms')),
      labelled('TE', number('00180081', 'ms')),
      number('00180050', 'mm'),
    ],
    [window && `C ${rounded(window.center)} W ${rounded(window.width)}`],
    [labelled('Image', textOf(dataSet, '00200013')), labelled('at', number('00201041', 'mm'))],
    [date(textOf(dataSet, '00080022') ?? textOf(dataSet, '00080023') ?? textOf(dataSet, '00080020'))],
  ]);
}

function lines(parts: (string | undefined)[][]): string[] {
  return parts.map((words) => words.filter(Boolean).join('  ')).filter((line) => line !== '');
}

function labelled(label: string, value: string | undefined): string | undefined {
  return value && `${label} ${value}`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Puts hyphens between the parts of an eight-digit date. */
function date(text: string | undefined): string | undefined {
  return text?.replace(/^(\d{4})\.?(\d\d)\.?(\d\d)$/, '$1-$2-$3');
}
