-- The order of the pages, and a campaign's latest pledges. Unique: a number that is given twice must fail, not pass.
CREATE UNIQUE INDEX CONCURRENTLY pledges_campaign_number_idx ON pledges (campaign_id, number);
