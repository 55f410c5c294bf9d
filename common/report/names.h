// common/report/names.h: label, annotation and environment names shared by migrator and operator.
#pragma once
#include <string_view>

namespace report::names {
inline constexpr std::string_view kGroup = "sluice.dev";
inline constexpr std::string_view kVersion = "v1alpha1";
inline constexpr std::string_view kKind = "DatabaseMigration";
inline constexpr std::string_view kPlural = "databasemigrations";

inline constexpr std::string_view kLabelMigration = "sluice.dev/migration";  // name of the DatabaseMigration
inline constexpr std::string_view kLabelRollout = "sluice.dev/rollout";      // name of the DatabaseRollout
inline constexpr std::string_view kLabelReports =
    "sluice.dev/reports";  // on the application's pods: the DatabaseMigration
inline constexpr std::string_view kLabelAttempt = "sluice.dev/attempt";
inline constexpr std::string_view kManagedBy = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kFieldManager = "sluice-operator";

inline constexpr std::string_view kAnnotationRetry = "sluice.dev/retry";
inline constexpr std::string_view kAnnotationCancel = "sluice.dev/cancel";
inline constexpr std::string_view kAnnotationAbort = "sluice.dev/abort";  // on a DatabaseRollout
inline constexpr std::string_view kAnnotationApprove = "sluice.dev/approve";
inline constexpr std::string_view kAnnotationDigest = "sluice.dev/digest";  // on the Job: digest it was told to expect
inline constexpr std::string_view kAnnotationInputs = "sluice.dev/inputs";  // on the Job: hash of all it was made from
inline constexpr std::string_view kAnnotationGrant =
    "sluice.dev/grant";  // "ns-a,ns-b": who may depend on it from there
inline constexpr std::string_view kAnnotationRequires = "sluice.dev/requires";  // on consumers' pod templates

inline constexpr std::string_view kEnvDatabaseUrl = "SLUICE_DATABASE_URL";
inline constexpr std::string_view kEnvMigrations = "SLUICE_MIGRATIONS";
inline constexpr std::string_view kEnvSpec = "SLUICE_SPEC";  // the spec as JSON, without secrets
inline constexpr std::string_view kEnvOnly = "SLUICE_ONLY";  // names: of SLUICE_*, PG* and older names only these
inline constexpr std::string_view kEnvExpectDigest = "SLUICE_EXPECT_DIGEST";  // exit 10 SourceChanged when it differs
inline constexpr std::string_view kEnvLedger = "SLUICE_LEDGER";
inline constexpr std::string_view kEnvTrustDigest = "SLUICE_TRUST_DIGEST";      // 1: sluice.sum stands for the files
inline constexpr std::string_view kEnvInitContainer = "SLUICE_INIT_CONTAINER";  // 1: never restore
inline constexpr std::string_view kEnvTerminationLog = "SLUICE_TERMINATION_LOG";
inline constexpr std::string_view kEnvFailpoint = "SLUICE_FAILPOINT";  // test builds only
inline constexpr std::string_view kEnvBackupDir = "SLUICE_BACKUP_DIR";
inline constexpr std::string_view kEnvApprovedPlan = "SLUICE_APPROVED_PLAN";  // exit 40 when the plan's hash differs
inline constexpr std::string_view kEnvAgain = "SLUICE_AGAIN";                 // "1": as --again
inline constexpr std::string_view kEnvMaintenanceUrl = "SLUICE_MAINTENANCE_URL";  // spec.database.maintenanceUrlFrom
inline constexpr std::string_view kEnvGateToken = "SLUICE_GATE_TOKEN";            // `sluice wait --gate`
inline constexpr std::string_view kEnvPhase = "SLUICE_PHASE";                     // over the spec's phase
inline constexpr std::string_view kEnvQuestions = "SLUICE_QUESTIONS";  // ids, comma-separated: report::Answer each
inline constexpr std::string_view kEnvExpectAnswers = "SLUICE_EXPECT_ANSWERS";  // exit 40 OldCodeRunning: they differ
inline constexpr std::string_view kEnvNested = "SLUICE_RUN";                    // set for a tool's process: run id
inline constexpr std::string_view kEnvChecks = "SLUICE_CHECKS";  // `sluice check`: a JSON list, as spec.checks.after

inline constexpr std::string_view kMigrateContainer = "migrate";
inline constexpr std::string_view kMigrateInitContainer = "sluice-migrate";  // in the application's pods
}  // namespace report::names
