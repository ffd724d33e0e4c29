DROP INDEX pledges_campaign_idx, pledges_key_idx;
