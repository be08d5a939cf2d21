import type { DicomJson, DicomJsonAttribute } from './json-model';

/**
 * A data set as text, its attributes in the order of their tags on every level (PS3.18 F.2.2). JSON.stringify alone would
 * put tags such as 30060010 first: objects keep names that look like whole numbers before all others.
 */
export function dataSetText(dataSet: DicomJson): string {
  let text = '{';
  for (const tag of Object.keys(dataSet).sort()) {
    text += `${text.length > 1 ? ',' : ''}"${tag}":${attributeText(dataSet[tag]!)}`;
  }
  return `${text}}`;
}

function attributeText(attribute: DicomJsonAttribute): string {
  if (attribute.vr !== 'SQ' || attribute.Value === undefined) return JSON.stringify(attribute);
  const items = attribute.Value.map((item) => (item === null ? 'null' : dataSetText(item as DicomJson)));
  return `{"vr":"SQ","Value":[${items.join(',')}]}`;
}
