UPDATE campaigns SET raised_minor = raised_minor - 1 WHERE last_number > 0;
