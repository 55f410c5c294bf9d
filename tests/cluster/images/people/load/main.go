// Command load sends requests to one Service at a fixed rate, counts, and prints one JSON object when it ends. Half of
// them open a connection of their own, half go over connections that are kept. No request is ever sent a second time.
//
//	URL      what to ask, as http://people.shop.svc.cluster.local/work
//	RATE     requests a second, default 100, at most 200
//	SECONDS  default 60, at most 120; a POST to :9090/stop ends it earlier
//
// It begins to count once a first request was answered with 200: before that the node may not know the Service yet.
// GET :9090/report shows the counts so far. Exits 0 whatever was counted, 1 where nobody answered within a minute.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	maxRate, maxSeconds = 200, 120
	keepers             = 10 // connections that are kept
	untilFirst          = time.Minute
)

func number(name string, otherwise, most int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 || value > most {
		log.Fatalf("%s is a number from 1 to %d, not %q", name, most, text)
	}
	return value
}

func main() {
	target, err := url.Parse(os.Getenv("URL"))
	if err != nil || target.Scheme != "http" || target.Host == "" {
		log.Fatal("URL is to be http://HOST[:PORT]/PATH")
	}
	service, err := find(target)
	if err != nil {
		log.Fatal(err)
	}
	rate, seconds := number("RATE", 100, maxRate), number("SECONDS", 60, maxSeconds)
	if last := awaitFirst(service, time.Now().Add(untilFirst)); last.kind != "" {
		log.Fatalf("nobody answers: %s %s", last.kind, last.detail)
	}
	tally := newTally(time.Now())
	stop := make(chan struct{})
	var once sync.Once
	go listen(tally, func() { once.Do(func() { close(stop) }) })
	time.AfterFunc(time.Duration(seconds)*time.Second, func() { once.Do(func() { close(stop) }) })
	send(service, rate, tally, stop)
	summary, err := json.Marshal(tally.summary())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(summary))
}

// awaitFirst asks until the first answer with 200, which it returns; after `end` the last failure.
func awaitFirst(target *service, end time.Time) outcome {
	for {
		first := connection{target: target}
		out := first.request()
		first.close()
		if out.kind == "" || time.Now().After(end) {
			return out
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func listen(tally *tally, stop func()) {
	http.HandleFunc("GET /report", func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(tally.summary()); err != nil {
			log.Println(err)
		}
	})
	http.HandleFunc("POST /stop", func(http.ResponseWriter, *http.Request) { stop() })
	log.Fatal(http.ListenAndServe(":9090", nil))
}

// send returns once `stop` is closed and every request has been answered or given up. The rate holds however slow the
// answers are: a fresh request waits for no other; a kept connection that is late sends again at once.
func send(target *service, rate int, tally *tally, stop <-chan struct{}) {
	var busy sync.WaitGroup
	each := time.Second * time.Duration(2*keepers) / time.Duration(rate)
	for i := 0; i < keepers; i++ {
		busy.Add(1)
		go func(first time.Duration) {
			defer busy.Done()
			keeper := connection{target: target, keep: true}
			defer keeper.close()
			every(each, first, stop, func() { tally.add(keeper.request()) })
		}(each * time.Duration(i) / keepers)
	}
	every(2*time.Second/time.Duration(rate), 0, stop, func() {
		busy.Add(1)
		go func() {
			defer busy.Done()
			fresh := connection{target: target}
			defer fresh.close()
			tally.add(fresh.request())
		}()
	})
	busy.Wait()
}

// every calls `act` at a fixed interval until `stop` is closed, never more often.
func every(interval, first time.Duration, stop <-chan struct{}, act func()) {
	select {
	case <-stop:
		return
	case <-time.After(first):
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		act()
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
	}
}
