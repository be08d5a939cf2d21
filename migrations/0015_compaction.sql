-- Metadata is merged by tiers (src/archive/compaction-tiers.ts): a run of the compactor reads the rows of the instances
-- whose segments it merges, not those of their whole series.
CREATE INDEX instance_by_metadata_segment ON instance (metadata_segment_id);
