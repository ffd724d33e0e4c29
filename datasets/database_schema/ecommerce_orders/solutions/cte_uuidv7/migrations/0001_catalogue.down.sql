DROP TABLE articles;
DROP FUNCTION articles_set_category;
DROP TABLE products;
DROP TABLE categories;
DROP EXTENSION citext;
