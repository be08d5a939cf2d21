import { creatorTagOf, isPrivate } from '../dictionary/private-blocks';
import type { DicomJson } from '../json/json-model';

/**
 * PS3.15 table E.3.10-1: for each private creator and group, the elements with their VRs. Attributes of the table with
 * VR OB, SQ, LT or without a VR are left out: PS3.15 E.3.10 note 2 calls such values unsafe, because they can contain
 * whole headers. The file states the VR of a private attribute; an attribute with another VR is not retained.
 */
const TABLE = `
Philips PET Private Group|7053|00DS 09DS
ELSCINT1|00E1|21DS 50DS
ELSCINT1|01E1|26CS
ELSCINT1|01F1|01CS 07DS 26DS 27DS
GEMS_ACQU_01|0019|23DS 24DS 27DS 9ELO
GEMS_PARM_01|0043|27SH 39IS 6FDS
GEMS_HELIOS_01|0045|01SS 02FL
GEMS_SERS_01|0025|07SL
GEIIS PACS|0903|10US 11US 12US
Philips Imaging DD 001|2001|03FL 04CS
Philips MR Imaging DD 001|2005|0DFL 0EFL
SIEMENS MR HEADER|0019|0CIS 0DCS 0EFD 27FD
HOLOGIC, Inc.|7E01|01LO 02SH
NQHeader|0099|01UI 02UI 04SS 10FL 20SH 21FL
NQLeft|0199|01FL 02FL 03FL 04FL 05FL 06FL 07FL 08FL 09FL 0AFL 0BFL 0CFL 0DFL 0EFL 0FFL 10FL 11FL 12FL 13FL 14FL 15FL 16FL
NQRight|0299|01FL 02FL 03FL 04FL 05FL 06FL 07FL 08FL 09FL 0AFL 0BFL 0CFL 0DFL 0EFL 0FFL 10FL 11FL 12FL 13FL 14FL 15FL 16FL
SIEMENS Ultrasound SC2000|0119|00LO 05UL 06UL 07UL 08UL 09SS 10SH 13IS 21SH
SIEMENS Ultrasound SC2000|0129|02UI 07UI 12UI 30CS
SIEMENS Ultrasound SC2000|0139|01SL
SIEMENS Ultrasound SC2000|0149|01FD 02FD 03FD
SIEMENS Ultrasound SC2000|7FD1|09UI
SIEMENS SYNGO ULTRA-SOUND TOYON DATA STREAMING|7FD1|09UI`;

let vrs: Map<string, string> | undefined;

/** VR by creator, group and element. */
function safeVRs(): ReadonlyMap<string, string> {
  if (vrs !== undefined) return vrs;
  vrs = new Map();
  for (const line of TABLE.trim().split('\n')) {
    const [creator, group, elements = ''] = line.split('|');
    for (const element of elements.split(' ')) vrs.set(`${creator}|${group}|${element.slice(0, 2)}`, element.slice(2));
  }
  return vrs;
}

/**
 * The tags of the private attributes of a data set that the Retain Safe Private Option retains (PS3.15 E.3.10), and of
 * the private creators that reserve their blocks. The attributes of items are not among them.
 */
export function safePrivateTags(dataSet: DicomJson): ReadonlySet<string> {
  const safe = new Set<string>();
  for (const [tag, { vr }] of Object.entries(dataSet)) {
    const of = isPrivate(tag) ? creatorTagOf(tag) : undefined;
    const creator = of === undefined ? undefined : dataSet[of]?.Value?.[0];
    if (of === undefined || typeof creator !== 'string') continue;
    if (safeVRs().get(`${creator.trimEnd()}|${tag.slice(0, 4)}|${tag.slice(6)}`) !== vr) continue;
    safe.add(tag);
    safe.add(of);
  }
  return safe;
}
