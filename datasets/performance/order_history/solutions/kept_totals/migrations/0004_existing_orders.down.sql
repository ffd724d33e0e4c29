-- The numbers stay true until their columns go; there is nothing to take back.
SELECT 1;
