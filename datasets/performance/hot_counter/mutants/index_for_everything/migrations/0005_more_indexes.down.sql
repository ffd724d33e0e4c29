DROP INDEX pledges_supporter_idx, pledges_amount_idx, pledges_time_idx, pledges_reference_idx, pledges_refund_idx, pledges_key_only_idx, pledges_wide_idx,
    pledges_all_idx, campaigns_raised_idx, campaigns_pledges_idx, campaigns_number_idx, campaigns_goal_idx, campaigns_title_idx;
