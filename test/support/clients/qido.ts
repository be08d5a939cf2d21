/** The part of DICOM JSON that is needed to read the answer of a search. */
type Row = Record<string, { vr: string; Value?: unknown[] }>;

/** A study as the study list shows it. */
interface StudyRow {
  readonly uid: string;
  readonly patient: string;
  readonly modalities: readonly string[];
  readonly instances: number;
}

export async function searchStudies(origin: string, query = 'limit=101'): Promise<StudyRow[]> {
  const response = await fetch(`${origin}/dicomweb/studies?${query}`, {
    headers: { Accept: 'application/dicom+json' },
  });
  if (response.status === 204) return [];
  if (response.status !== 200) throw new Error(`studies?${query}: ${response.status} ${await response.text()}`);
  return studyRows((await response.json()) as Row[]);
}

export function studyRows(answer: readonly Row[]): StudyRow[] {
  return answer.map((row) => ({
    uid: String(row['0020000D']?.Value?.[0] ?? ''),
    patient: (row['00100010']?.Value?.[0] as { Alphabetic?: string } | undefined)?.Alphabetic?.trim() ?? '',
    modalities: (row['00080061']?.Value ?? []).map(String),
    instances: Number(row['00201208']?.Value?.[0] ?? Number.NaN),
  }));
}
