// Command app is what a team rolls out: a small HTTP service over PostgreSQL, in two versions whose columns differ.
//
//	VERSION        1 uses people.name; 2 uses people.full_name, which an expand adds beside it and a contract leaves alone
//	DATABASE_URL   the database
//	ADDRESS        default :8080
//	DRAIN_SECONDS  default 10: how long open connections are told "Connection: close" after SIGTERM
//
// GET /work     one insert and one select; answers the version
// GET /healthz  alive
// GET /readyz   the database answers, and nobody wrote (VERSION, readyz) into table faults
// GET /verify   what a roll-out checks and no user calls: 500 while table faults holds (VERSION, verify)
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	version := setting("VERSION", "1")
	column, known := map[string]string{"1": "name", "2": "full_name"}[version]
	if !known {
		log.Fatalf("VERSION is 1 or 2, not %q", version)
	}
	drain, err := strconv.Atoi(setting("DRAIN_SECONDS", "10"))
	if err != nil {
		log.Fatal("DRAIN_SECONDS is no number")
	}
	settings, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal("DATABASE_URL can't be read") // the error may hold the password
	}
	settings.MaxConns = 4
	settings.ConnConfig.RuntimeParams["application_name"] = "people-" + version
	pool, err := pgxpool.NewWithConfig(context.Background(), settings)
	if err != nil {
		log.Fatal("no pool of connections")
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	fmt.Println("version", version, "uses column", column)
	serve(setting("ADDRESS", ":8080"), routes(&people{pool: pool, version: version, column: column}),
		stop, time.Duration(drain)*time.Second)
	pool.Close()
}

func routes(p *people) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/work", p.work)
	mux.HandleFunc("/verify", p.unless("verify"))
	mux.HandleFunc("/readyz", p.unless("readyz"))
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	return mux
}
