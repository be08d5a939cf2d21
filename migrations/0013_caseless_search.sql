-- Columns of keys that match without regard to case hold folded text from now on (src/dicom/values/fold-case.ts), as names do.
-- Answers come from the column attributes, and tell a text as it is. What is not ASCII is folded when the hourly run
-- describes studies and series anew from the attributes that the index keeps (src/archive/remove/redescribe.ts).
UPDATE study SET
  accession_number = lower(accession_number), study_description = lower(study_description), study_id = lower(study_id),
  patient_id = lower(patient_id), issuer_of_patient_id = lower(issuer_of_patient_id)
WHERE (accession_number, study_description, study_id, patient_id, issuer_of_patient_id) IS NOT
  (lower(accession_number), lower(study_description), lower(study_id), lower(patient_id), lower(issuer_of_patient_id));
UPDATE series SET
  series_description = lower(series_description), body_part_examined = lower(body_part_examined),
  protocol_name = lower(protocol_name)
WHERE (series_description, body_part_examined, protocol_name) IS NOT
  (lower(series_description), lower(body_part_examined), lower(protocol_name));

-- Put in and taken out, since the terms of a request have triggers for these alone.
INSERT INTO request_attribute (series_id, scheduled_procedure_step_id, requested_procedure_id)
SELECT series_id, lower(scheduled_procedure_step_id), lower(requested_procedure_id) FROM request_attribute
WHERE (scheduled_procedure_step_id, requested_procedure_id) IS NOT
  (lower(scheduled_procedure_step_id), lower(requested_procedure_id))
ON CONFLICT DO NOTHING;
DELETE FROM request_attribute
WHERE (scheduled_procedure_step_id, requested_procedure_id) IS NOT
  (lower(scheduled_procedure_step_id), lower(requested_procedure_id));

INSERT INTO description_position SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM series)
ON CONFLICT (id) DO UPDATE SET series_id = 0;
