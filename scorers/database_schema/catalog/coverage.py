"""The catalogs that no snapshot reads, each with the reason."""

CATALOGS_LEFT_OUT: dict[str, str] = {
    "pg_init_privs": "the privileges that extensions gave their objects when they were made",
    "pg_largeobject": "the data of large objects",
    "pg_parameter_acl": "privileges on server parameters, which only a superuser gives",
    "pg_replication_origin": "the state of replications, which only a superuser changes",
    "pg_shdepend": "follows from owners and privileges",
    "pg_statistic": "statistics about data",
    "pg_statistic_ext_data": "statistics about data",
    "pg_subscription_rel": "the state of a replication",
    "pg_tablespace": "belongs to the cluster; only a superuser changes it",
}
