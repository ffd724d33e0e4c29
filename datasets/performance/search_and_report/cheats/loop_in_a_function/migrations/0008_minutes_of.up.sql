CREATE FUNCTION minutes_of(ticket bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(minutes), 0) FROM entries WHERE ticket_id = ticket);
END $$;
