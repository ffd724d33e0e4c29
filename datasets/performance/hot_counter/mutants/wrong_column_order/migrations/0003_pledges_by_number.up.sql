CREATE UNIQUE INDEX CONCURRENTLY pledges_campaign_number_idx ON pledges (number, campaign_id);
