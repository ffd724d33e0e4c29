-- What has no category yet goes here.
INSERT INTO category (slug, name) VALUES ('not-yet-sorted', 'Not yet sorted');
