DROP TABLE variant;
DROP TABLE product;
DROP TABLE category;
