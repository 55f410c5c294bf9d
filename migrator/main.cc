// sluice: takes a PostgreSQL database from one revision to the next. The verbs are in cli/, the run in run/.
#include "migrator/cli/verbs.h"

int main(int argc, char** argv) { return cli::dispatch(argc, argv); }
