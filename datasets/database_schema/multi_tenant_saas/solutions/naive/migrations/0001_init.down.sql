DROP TABLE audit_log;
DROP TABLE comments;
DROP TABLE tasks;
DROP TABLE projects;
DROP TABLE members;
DROP TABLE workspaces;
