package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// people is the service: a table, and the column this version knows.
type people struct {
	pool            *pgxpool.Pool
	version, column string
}

// work inserts a person and reads it back. X-Version is also sent with an error, so that a client can tell who failed.
func (p *people) work(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 15*time.Second)
	defer cancel()
	w.Header().Set("X-Version", p.version)
	var id int64
	var name string
	err := p.pool.QueryRow(ctx, "insert into people ("+p.column+") values ($1) returning id", "Ada").Scan(&id)
	if err == nil {
		err = p.pool.QueryRow(ctx, "select "+p.column+" from people where id = $1", id).Scan(&name)
	}
	if err == nil && name != "Ada" {
		err = errors.New("read another name than was written")
	}
	p.answer(w, err)
}

// unless answers 200 unless table faults names this version and the endpoint.
func (p *people) unless(endpoint string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		var faults int
		err := p.pool.QueryRow(ctx, "select count(*) from faults where version = $1 and endpoint = $2", p.version, endpoint).
			Scan(&faults)
		if err == nil && faults > 0 {
			err = errors.New("told to fail")
		}
		p.answer(w, err)
	}
}

// answer shows PostgreSQL's message, which names columns, and never its detail, which may hold rows.
func (p *people) answer(w http.ResponseWriter, err error) {
	var refused *pgconn.PgError
	switch {
	case err == nil:
		fmt.Fprintln(w, p.version)
	case errors.As(err, &refused):
		http.Error(w, refused.Code+" "+refused.Message, http.StatusInternalServerError)
	case pgconn.Timeout(err):
		http.Error(w, "the database took too long", http.StatusInternalServerError)
	default:
		http.Error(w, "the database can't be reached", http.StatusInternalServerError)
	}
}
