DROP INDEX category_name_idx;
