// tests/common/spec/documents.h: the smallest and the fullest resource, for the tests beside it.
#pragma once
#include <nlohmann/json.hpp>

namespace documents {

inline nlohmann::json smallest() {
  return nlohmann::json::parse(R"({
    "apiVersion": "sluice.dev/v1alpha1", "kind": "DatabaseMigration", "metadata": {"name": "auth"},
    "spec": {"database": {"urlFrom": {"secretKeyRef": {"name": "auth-db", "key": "url"}}},
             "migrations": {"configMaps": ["auth-migrations"]}}})");
}

/// Every field that may stand beside the others; the other sources of migrations are in sources().
inline nlohmann::json fullest() {
  return nlohmann::json::parse(R"({
    "apiVersion": "sluice.dev/v1alpha1", "kind": "DatabaseMigration",
    "metadata": {"name": "auth", "namespace": "shop"},
    "spec": {
      "database": {"host": "db", "port": 5433, "name": "auth",
                   "userFrom": {"secretKeyRef": {"name": "auth-db", "key": "user"}},
                   "passwordFrom": {"secretKeyRef": {"name": "auth-db", "key": "password"}},
                   "sslMode": "verify-full",
                   "sslRootCertFrom": {"secretKeyRef": {"name": "auth-db", "key": "ca.crt"}},
                   "maintenanceUrlFrom": {"secretKeyRef": {"name": "auth-db", "key": "admin"}}},
      "migrations": {"image": {"reference": "registry/auth@sha256:00", "path": "/app/migrations",
                               "pullPolicy": "IfNotPresent", "pullSecrets": ["registry"]},
                     "layout": "alembic"},
      "target": "head",
      "ledger": {"table": "versions", "schema": "auth"},
      "apply": {"transaction": "all", "lockTimeout": "2s", "lockWait": "1m", "statementTimeout": "1h",
                "onBlocked": "terminate"},
      "backup": {"mode": "full", "volume": {"persistentVolumeClaim": {"claimName": "backups"}}, "keep": 3,
                 "verify": "none", "acceptLostWrites": true},
      "checks": {"before": [{"name": "users", "sql": "select true", "timeout": "3s", "retries": 2, "interval": "1s"}],
                 "after": [{"name": "api", "http": {"url": "http://api/health", "status": 204, "headers": {"A": "b"}}},
                           {"name": "port", "tcp": {"host": "api", "port": 80}},
                           {"name": "there", "tables": ["users"]},
                           {"name": "revision", "heads": ["7f"]}]},
      "onFailure": "restore", "approval": "Destructive", "suspend": true,
      "dependsOn": [{"name": "core", "namespace": "base"}], "phase": "Expand", "runBy": "Operator",
      "consumers": [{"selector": {"matchLabels": {"app": "auth"},
                                  "matchExpressions": [{"key": "tier", "operator": "In", "values": ["web"]}]}}],
      "resync": "1h", "retry": {"limit": 2, "backoff": "30s"},
      "podTemplate": {"metadata": {"labels": {"team": "a"}}, "spec": {"serviceAccountName": "migrator"}}}})");
}

/// Each other source of migrations, as it stands under spec.migrations.
inline std::vector<nlohmann::json> sources() {
  return {nlohmann::json::parse(R"({"configMaps": ["a", "b"]})"),
          nlohmann::json::parse(R"({"image": {"reference": "a"}, "command": ["alembic", "upgrade", "head"]})"),
          nlohmann::json::parse(R"({"volume": {"emptyDir": {}}, "volumePath": "db/migrations"})"),
          nlohmann::json::parse(R"({"inline": {"files": {"001_users.up.sql": "select 1;"}}})")};
}

}  // namespace documents
