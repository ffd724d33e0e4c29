DROP TABLE product;
DROP TABLE variant;
DROP TABLE category;
