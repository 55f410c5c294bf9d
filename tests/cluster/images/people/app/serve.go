package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// connections counts the open ones.
type connections struct {
	mutex sync.Mutex
	open  map[net.Conn]struct{}
}

func (c *connections) follow(conn net.Conn, state http.ConnState) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch state {
	case http.StateNew:
		c.open[conn] = struct{}{}
	case http.StateClosed, http.StateHijacked:
		delete(c.open, conn)
	}
}

func (c *connections) count() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.open)
}

// serve answers until `stop`; then it goes on answering, each response with "Connection: close", until every connection
// is gone or `drain` has passed, and returns once the requests in flight have ended.
// An idle connection is not closed at once: its client may be sending a request on it this very moment.
func serve(address string, handler http.Handler, stop <-chan os.Signal, drain time.Duration) {
	var draining atomic.Bool
	following := &connections{open: map[net.Conn]struct{}{}}
	server := &http.Server{
		Addr:      address,
		ConnState: following.follow,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if draining.Load() {
				w.Header().Set("Connection", "close")
			}
			handler.ServeHTTP(w, r)
		}),
	}
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	<-stop
	fmt.Println("told to stop: connections are asked to close")
	draining.Store(true)
	for end := time.Now().Add(drain); following.count() > 0 && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Println("requests were still in flight")
	}
}
