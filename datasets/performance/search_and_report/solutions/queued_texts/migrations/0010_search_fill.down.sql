DROP INDEX search_texts_team_idx;
DROP INDEX search_texts_trgm_idx;
TRUNCATE search_texts;
