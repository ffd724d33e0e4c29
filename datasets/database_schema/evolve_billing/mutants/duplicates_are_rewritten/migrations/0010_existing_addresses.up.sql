-- Make them different, then all can hold theirs.
UPDATE customers AS later SET email = later.id || '+' || later.email
FROM customers AS first
WHERE lower(first.email COLLATE "C") = lower(later.email COLLATE "C") AND first.id < later.id;

UPDATE customers SET held_address = lower(email COLLATE "C") WHERE held_address IS NULL;
