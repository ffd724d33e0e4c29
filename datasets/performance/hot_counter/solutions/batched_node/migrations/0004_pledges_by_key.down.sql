DROP INDEX pledges_campaign_key_idx;
