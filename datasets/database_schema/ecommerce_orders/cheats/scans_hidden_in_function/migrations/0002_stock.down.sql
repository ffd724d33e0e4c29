DROP FUNCTION catalogue_page;
DROP FUNCTION adjust_stock;
DROP FUNCTION move_stock;
DROP TABLE stock_movement;
DROP TABLE stock_level;
