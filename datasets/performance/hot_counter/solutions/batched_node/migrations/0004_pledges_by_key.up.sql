-- Finds a repeated request, and keeps two that arrive together apart now that no lock does.
CREATE UNIQUE INDEX CONCURRENTLY pledges_campaign_key_idx ON pledges (campaign_id, key) WHERE key IS NOT NULL;
