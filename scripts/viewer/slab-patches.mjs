const APP = /^app\.bundle\.[0-9a-f]+\.js$/;

/** The shader of volumes is a string in OHIF's code. @param {string} text of it */
const shader = (text) => text.replaceAll('\n', '\\n');

/**
 * How slabs are drawn. Rays took steps of half the mean edge of a voxel from a start at random, so they passed beside the middle of a
 * thin structure, and left out up to two steps before their end.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const SLAB_PATCHES = [
  {
    file: APP,
    why: 'the greatest and least values of a slab are found: along a ray they lie where it crosses the planes of voxels',
    find: shader(`    // If the clipping range is shorter than the sample distance
    // we can skip the sampling loop along the ray.
    if (raySteps <= 1.0) {
`),
    put: shader(`    float slabLength = maxDistance - minDistance;
    // The thinnest slab of Cornerstone has 0.1 mm, and is a plane.
    if (slabLength > 0.11) {
      vec3 firstIC = posVCtoIS(posVC) * vec3(volume.dimensions) - 0.5;
      vec3 speedIC = vecVCToIS(rayDirVC) * vec3(volume.dimensions);
      for (int axis = 0; axis < 3; ++axis) {
        float speed = abs(speedIC[axis]);
        if (speed < 1e-5) continue;
        float from = speedIC[axis] > 0.0 ? firstIC[axis] : -firstIC[axis];
        float to = from + speed * slabLength;
        for (float plane = ceil(from); plane <= to; plane += 1.0) {
          vec3 crossingVC = posVC + (plane - from) / speed * rayDirVC;
          vec3 crossingIS = posVCtoIS(crossingVC);
          vec4 before = selectedValue;
          selectedValue = OP(selectedValue, getTextureValue(crossingIS));
          if (before != selectedValue) {
            selectedPosVC = crossingVC;
            selectedPosIS = crossingIS;
          }
        }
      }
    }
    if (slabLength <= 0.11) {
`),
  },
  {
    file: APP,
    why: 'the last steps of a ray count for the greatest and least values',
    find: shader(`      if (stepsTraveled + 1.0 >= raySteps) {
        break;
      }

      // Get selected values
`),
    put: shader(`      if (stepsTraveled >= raySteps) {
        break;
      }

      // Get selected values
`),
  },
  {
    file: APP,
    why: 'the average of a slab is that of equal parts, each at most a quarter of a voxel: the last part was added whole and counted in part',
    find: shader(`  #if vtkBlendMode == ADDITIVE_INTENSITY_BLEND ||`),
    put: shader(`  #if vtkBlendMode == AVERAGE_INTENSITY_BLEND
    float slabLength = maxDistance - minDistance;
    vec3 speedIC = abs(vecVCToIS(rayDirVC) * vec3(volume.dimensions));
    float voxels = slabLength * max(speedIC.x, max(speedIC.y, speedIC.z));
    // The thinnest slab of Cornerstone has 0.1 mm, and is a plane.
    int parts = slabLength <= 0.11 ? 1 : int(clamp(ceil(4.0 * voxels), 4.0, 4000.0));
    float within = slabLength <= 0.11 ? 0.0 : 0.5;
    vec4 sumOfParts = vec4(0.);
    float counted = 0.0;
    vec3 partVC;
    vec3 partIS;
    for (int part = 0; part < parts; ++part) {
      partVC = rayOriginVC + (minDistance + (float(part) + within) / float(parts) * slabLength) * rayDirVC;
      partIS = posVCtoIS(partVC);
      vec4 partValue = getTextureValue(partIS);
      if (valueWithinScalarRange(partValue)) {
        sumOfParts += partValue;
        counted += 1.0;
      }
    }
    gl_FragData[0] = getColorForValue(sumOfParts / max(counted, 1.0), partVC, partIS);
    return;
  #endif

  #if vtkBlendMode == ADDITIVE_INTENSITY_BLEND ||`),
  },
];
