DROP TABLE refunds;
DROP TABLE captures;
