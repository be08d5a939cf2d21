import type { PersonalWords } from './personal-words';

/**
 * Words of imaging that cannot identify anybody: modalities, regions and sides of the body, directions, techniques,
 * contrast, findings and measurements, in lower case. Words that are often family names (such as hand, foot, long, short,
 * white) are not here.
 */
const WORDS = new Set(
  `
2d 3d 4d a abdomen abdominal abscess absent acetabulum achilles acquisition acute adc adrenal and aneurysm angio
angiography angle ankle annotation anterior aorta aortic ap apex apical appendix arterial arteries arteriogram artery
atrial atrium attenuation average ax axial axis b0 b1000 b500 baseline benign biceps bilateral biliary biopsy biphasic
bladder blood bold bolus bone bones bowel brain breast bronchial c1 c2 c3 c4 c5 c6 c7 calcaneus calcification calcium
cardiac carotid carpal cavity cbct cc celiac cerebellum cerebral cervical chest cholangiography chronic cine
circumflex cisternography clavicle clinical coccyx colon colonography comparison composite computed conclusion
conclusions consolidation contour contrast cor coronal coronary cortical cr cranial cranium ct cta ctpa ctv cuboid
curved cyst cystic cystography decubitus delayed density depth derived dexa diameter diaphragm diastolic diffuse
diffusion digital dilatation distal distance dlp doppler dorsal dose dsa dti dual duct duodenum dwi dx dynamic echo
edema effusion elbow elbows emergency endoscopy enhanced enhancement enlarged epi esophagus excretory expiration
extension external extremities extremity facial fast fat fatsat femoral femur fetal fgre fibula fiesta filling final
finding findings fine fissure fistula flair flash flexion flow fluid fluoro fluoroscopy focal fov fracture frame
frontal fse full function functional fused fusion gadolinium gallbladder gated gating gland glands gradient gre group
head heart helical hematoma hemorrhage hepatic hepatobiliary hernia high hilum hip hips histogram history humerus hx
image images imaging implant impression inferior inflammation inner inspiration internal interval interventional
intracranial intravenous intravenously inversion io iodine ischemia isotropic iv joint joints keep kernel kidney
kidneys kub kv kvp l1 l2 l3 l4 l5 label lao lateral left leg legs length lesion lesions ligament limited liver lobe
lobes localizer loop lower lumbar lumen lung lungs lymph magnetic magnitude malignant mammogram mammography mandible
map marker mass maxilla maximum mean measured measurement measurements medial mediastinum medium meniscus metacarpal
metastases metastasis metatarsal method mg minimum minip mip mlo modality mode morphology motion mpr mr mra mrcp mri
mrv multi multiple muscle myelography myocardial myocardium nasal native neck negative nerve nm no node nodes nodule
nodules non none normal nuclear number oblique observation obstruction occipital ocular odontoid of op opacity optic
oral orbit orbits organ orthogonal outer outlet ovary pa pancreas pancreatic parenchyma parotid patella pathology pd
pelvic pelvis perfusion peripheral peritoneum pet phase phases photon pituitary placenta plain plan plane plaque plate
pleura pleural pneumonia pneumothorax popliteal portal position positive post posterior pre pregnancy present pressure
procedure projection prone prostate protocol proton proximal pt ptv pulmonary pulse px qualitative quantitative radial
radiograph radiography radius range rao ratio recommendation recommendations recon reconstruction rectal rectum
reference reformat reformatted region renal report rescale resolution rf rib ribs right roi rotation routine s1 sacral
sacrum sag sagittal saturation sc scan scaphoid scout screening sella sequence series shoulder shoulders sialography
side signal single sinus sinuses size skeletal skeleton skull slice soft spect spectroscopy sphenoid spin spine spiral
spleen split sr stenosis stent sternum stir stomach stress structure study subclavian subtraction summary superior
supine survey swi systolic t1 t10 t11 t12 t1w t2 t2star t2w t3 t4 t5 t6 t7 t8 t9 target temporal tendon test thickness
thigh thoracic thorax thrombosis thrombus thyroid tibia time tirm tissue toe toes tof tomography tomosynthesis
topogram total trace tracer trachea transverse trauma triggered trochanter trufi tse tumor tumour turbo type ulna
ultrasound umbilical unenhanced unilateral unit units unremarkable upper ureter urethra urinary urogram urography us
uterus value valve vascular vein veins velocity venous ventricle ventricular vertebra vertebrae vertebral vessel
vessels vibe view views visceral volume volumetric warm washin washout water weight weighted whole wholebody width
window with without wrist wrists xa xray zoom zygoma
`
    .trim()
    .split(/\s+/),
);

/** A thickness or a distance, such as 5mm or 1.25mm. Other numbers may be ages, dates or identifiers. */
const LENGTH = /^\d{1,2}(?:[.,]\d{1,2})?mm$/;

/**
 * Keeps of a description what cannot identify anybody: words of imaging (see WORDS) and lengths in millimetres, in
 * their order. All other words, numbers and characters are removed, whatever they are: Clean Descriptors, PS3.15 E.3.5.
 * @param names words of persons in the data set; a word of imaging that is also one of these is removed
 * @returns empty when nothing is kept
 */
export function cleanText(text: string, names: Pick<PersonalWords, 'has'>): string {
  const words = text.split(/[^\p{L}\p{N}.,]+/u).map((word) => word.replace(/^[.,]+|[.,]+$/g, ''));
  const safe = words.filter((word) => {
    const lower = word.toLowerCase();
    return !names.has(word) && (WORDS.has(lower) || LENGTH.test(lower));
  });
  return safe.join(' ');
}
