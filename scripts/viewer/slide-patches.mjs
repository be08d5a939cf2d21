/**
 * Changes to OHIF 3.13.2 and its viewer for slides of pathology (viewer/ohif/slides.mjs).
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const SLIDE_PATCHES = [
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'all parts of a concatenation are drawn, and focal planes are not mixed',
    find: 'fixMultiValueKeys */.CA.Uk(instanceMap.get(imageId))));',
    put: 'fixMultiValueKeys */.CA.Uk(window.archiveViewer.slideFor(instance, instanceMap))));',
  },
  {
    file: /^5189\.bundle\.[0-9a-f]+\.js$/,
    why: 'the same in the mode for microscopy',
    find: 'await loadViewer(smDisplaySet.others);',
    put: 'await loadViewer(smDisplaySet.others.map(one => window.archiveViewer.slideFor(one, smDisplaySet.others)));',
  },
  {
    file: /^dicom-microscopy-viewer\/dicomMicroscopyViewer\.min\.js$/,
    why: 'tiles of a concatenation get the ICC profile of their level, which goes by another UID than the parts',
    find: `                sopInstanceUID: sopInstanceUID,
                metadata: pyramid.metadata,`,
    put: `                sopInstanceUID: refImage.SOPInstanceUID,
                metadata: pyramid.metadata,`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a slide that the viewer cannot read is said to be one: it says that it is loading for ever',
    find: `    async setWSI(imageIds, client) {
        this.clearDisplaySets();`,
    put: `    async setWSI(imageIds, client) {
        await window.archiveViewer.slideShown(this, () => this.setKnownWSI(imageIds, client));
    }
    async setKnownWSI(imageIds, client) {
        this.clearDisplaySets();`,
  },
  {
    file: /^5189\.bundle\.[0-9a-f]+\.js$/,
    why: 'the same in the mode for microscopy',
    find: 'installOpenLayersRenderer(container.current, displaySet).then(() => {',
    put: 'window.archiveViewer.slideShown(displaySet, () => installOpenLayersRenderer(container.current, displaySet)).then(() => {',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a slide in grey values is drawn: its viewer waits until somebody chooses an optical path',
    find: '        viewer.render({ container: this.microscopyElement });\n',
    put: '        viewer.render({ container: this.microscopyElement });\n        window.archiveViewer.showFirstPath(viewer);\n',
  },
  {
    file: /^5189\.bundle\.[0-9a-f]+\.js$/,
    why: 'the same in the mode for microscopy',
    find: '      viewer.render({\n        container\n      });\n',
    put: '      viewer.render({\n        container\n      });\n      window.archiveViewer.showFirstPath(viewer);\n',
  },
];
