-- The links of a study, which end when it is deleted.
CREATE INDEX share_by_study_instance_uid ON share (study_instance_uid);
