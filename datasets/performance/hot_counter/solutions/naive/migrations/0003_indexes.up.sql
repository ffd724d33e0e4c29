CREATE INDEX pledges_campaign_idx ON pledges (campaign_id, number);
CREATE INDEX pledges_key_idx ON pledges (key);
