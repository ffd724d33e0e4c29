DROP INDEX pledges_campaign_number_idx;
DROP INDEX pledges_campaign_key_idx;
