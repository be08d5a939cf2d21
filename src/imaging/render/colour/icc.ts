import type { DicomJson } from '../../../dicom/json/json-model';
import { itemsOf } from '../attributes';
import { type BytesOf, RenderError, type RenderSettings } from '../settings';
import { colourSpace, type MatrixProfile, readProfile, writeProfile } from './icc-profile';
import { ADOBE_RGB, type RgbSpace, ROMM_RGB, SRGB, type Xyz } from './icc-spaces';

/** The colour management of a picture (PS3.18 8.3.5.1.5). */
export interface ColourManagement {
  /** The profile to embed. */
  readonly profile: Uint8Array;
  /** Converts 8-bit RGB samples, in place. */
  readonly convert?: (bytes: Uint8Array) => void;
}

const SPACES = { srgb: SRGB, adobergb: ADOBE_RGB, rommrgb: ROMM_RGB };

/** The number of light levels that the conversion to samples distinguishes. */
const LEVELS = 1 << 14;

/**
 * Chooses the profile for the pictures of a colour image. An image without a profile counts as sRGB.
 * @returns undefined when no profile is to be embedded
 * @throws RenderError `unsupported` when colours must be converted from a profile that has no matrix and curves
 */
export async function colourManagement(
  dataSet: DicomJson,
  iccprofile: RenderSettings['iccprofile'],
  bytesOf: BytesOf,
): Promise<ColourManagement | undefined> {
  if (iccprofile === undefined || iccprofile === 'no') return undefined;
  const own = await ownProfile(dataSet, bytesOf);
  if (iccprofile === 'yes') return { profile: own ?? writeProfile(SRGB) };
  const space = SPACES[iccprofile];
  const profile = writeProfile(space);
  const source = readProfile(own ?? writeProfile(SRGB));
  if (source === undefined) throw new RenderError('unsupported', 'the ICC profile has no matrix and curves');
  return own === undefined && space === SRGB ? { profile } : { profile, convert: conversion(source, space) };
}

/** The ICC Profile (0028,2000) of the image, or of the first optical path that has a profile. */
async function ownProfile(dataSet: DicomJson, bytesOf: BytesOf): Promise<Uint8Array | undefined> {
  const holders = [dataSet, ...itemsOf(dataSet, '00480105')];
  const attribute = holders.find((holder) => holder['00282000'] !== undefined)?.['00282000'];
  const profile = attribute && (await bytesOf(attribute));
  return profile !== undefined && profile.length > 128 && colourSpace(profile) === 'RGB ' ? profile : undefined;
}

/** Converts through XYZ (D50). Colours outside the target space are clipped to its edge. */
function conversion(source: MatrixProfile, target: RgbSpace): (bytes: Uint8Array) => void {
  const [r, g, b] = source.curves.map((curve) =>
    Float64Array.from({ length: 256 }, (_, sample) => curve(sample / 255)),
  );
  const toTarget = inverse(target.primaries);
  const [red, green, blue] = source.primaries.map((primary) => times(toTarget, primary));
  const samples = samplesOf(target);
  return (bytes) => {
    for (let at = 0; at + 2 < bytes.length; at += 3) {
      const light = [r![bytes[at]!]!, g![bytes[at + 1]!]!, b![bytes[at + 2]!]!] as const;
      for (let channel = 0; channel < 3; channel++) {
        const value = red![channel]! * light[0] + green![channel]! * light[1] + blue![channel]! * light[2];
        bytes[at + channel] = samples[Math.round(Math.min(1, Math.max(0, value)) * LEVELS)]!;
      }
    }
  };
}

/** Samples by light level: the inverse of a colour space's curve, which is increasing. */
function samplesOf({ toLinear }: RgbSpace): Uint8Array {
  const samples = new Uint8Array(LEVELS + 1);
  let sample = 0;
  for (let level = 0; level <= LEVELS; level++) {
    while (sample < 255 && toLinear((sample + 0.5) / 255) < level / LEVELS) sample++;
    samples[level] = sample;
  }
  return samples;
}

/** Computes the rows of the inverse of a matrix that is given by its columns. */
function inverse([a, b, c]: readonly [Xyz, Xyz, Xyz]): [Xyz, Xyz, Xyz] {
  const determinant = dot(a, cross(b, c));
  const row = (one: Xyz): Xyz => [one[0] / determinant, one[1] / determinant, one[2] / determinant];
  return [row(cross(b, c)), row(cross(c, a)), row(cross(a, b))];
}

function cross(a: Xyz, b: Xyz): Xyz {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function dot(a: Xyz, b: Xyz): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function times(rows: readonly [Xyz, Xyz, Xyz], vector: Xyz): Xyz {
  return [dot(rows[0], vector), dot(rows[1], vector), dot(rows[2], vector)];
}
