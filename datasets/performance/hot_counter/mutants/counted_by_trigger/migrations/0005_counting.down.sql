DROP TRIGGER counting ON pledges;
DROP FUNCTION count_pledge();
