DROP FUNCTION endless;
DROP FUNCTION refund_payment;
DROP FUNCTION capture_payment;
DROP TABLE refund;
DROP TABLE payment;
