DELETE FROM category WHERE slug = 'not-yet-sorted';
