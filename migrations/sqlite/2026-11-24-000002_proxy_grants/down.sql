DROP TABLE proxy_grants;
