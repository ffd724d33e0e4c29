-- The order of the pages, and a campaign's latest pledges. Unique: a number that is given twice must fail, not pass.
CREATE UNIQUE INDEX CONCURRENTLY pledges_campaign_number_idx ON pledges (campaign_id, number);
-- Finds a repeated request, and keeps two that arrive together apart now that no lock does.
CREATE UNIQUE INDEX CONCURRENTLY pledges_campaign_key_idx ON pledges (campaign_id, key) WHERE key IS NOT NULL;
