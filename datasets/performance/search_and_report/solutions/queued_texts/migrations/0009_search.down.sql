DROP TRIGGER tickets_search_changed ON tickets;
DROP TRIGGER tickets_search_removed ON tickets;
DROP TRIGGER tickets_search_added ON tickets;
DROP FUNCTION queue_texts();
DROP TABLE search_queue;
DROP TABLE search_texts;
DROP FUNCTION search_fold(text, text);
