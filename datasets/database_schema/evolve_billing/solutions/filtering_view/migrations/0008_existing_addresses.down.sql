-- Nothing to take back: the table goes with the step that made it.
SELECT 1;
